"""What carrying out a message needs of the rooms around it, as small interfaces."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from chalicelib.channels.channel import Channel, Parcel
from chalicelib.dispatch.model import Source
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Outcome


class Means(Protocol):
    """What is asked before a call and told after it. None of it is the ledger's."""

    def channel(self, name: ChannelName) -> Channel:
        """The channel of a name."""
        ...

    def held(self, source: Source) -> str | None:
        """Whether the broadcast or journey that asked for a message is `paused` or `cancelled`."""
        ...

    def still(self, parcel: Parcel, now: int) -> str | None:
        """Why the address takes nothing any more; None when it does. A decision may be minutes old."""
        ...

    def admit(self, channel: ChannelName, account: str, now: int) -> int | None:
        """None: the account may be called now, once. Else not before then (epoch ms)."""
        ...

    def learned(self, parcel: Parcel, outcome: Outcome, now: int) -> None:
        """Told after every call what it came to: for the account's pause, its breaker, and the address."""
        ...

    def chance(self) -> float:
        """A number from 0 to 1, to spread what comes again."""
        ...


class GroupMeans(Means, Protocol):
    """The same where many messages go in one call."""

    def new_group(self) -> str:
        """An id that nobody has had before."""
        ...

    def send_group(self, group: str, parcels: Sequence[Parcel], now: int) -> Mapping[str, Outcome]:
        """Calls the platform once for all, with the group as key. What became of each, by message id; at a repeated call of all that were
        in the first.
        """
        ...

    def called(self, group: str, now: int) -> bool:
        """Whether the platform may have been called for a group that somebody left behind. False: it was not, and nobody will any more."""
        ...
