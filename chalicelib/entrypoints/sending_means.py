"""What carrying out a message needs, by the real rooms: accounts' rates, contacts, broadcasts, journeys and channels."""

from collections.abc import Mapping, Sequence
from random import random
from typing import Final
from uuid import uuid4

from chalicelib.broadcasts import holding
from chalicelib.channels import rates
from chalicelib.channels.channel import Channel, Parcel, channel_of
from chalicelib.contacts import reachable
from chalicelib.dispatch.model import Source, SourceKind
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Outcome, Result


class RealMeans:
    """`dispatch.means.GroupMeans`, as the sending lambdas have it."""

    def channel(self, name: ChannelName) -> Channel:
        """The channel of a name."""
        return channel_of(name)

    def held(self, source: Source) -> str | None:
        """Whether a broadcast or journey is held; known some seconds late."""
        if source.kind is not SourceKind.JOURNEY:
            return holding.held(source.name)
        from chalicelib.journeys.steps import holding as journeys  # their charts are not light, and most messages are none of theirs

        return journeys.held(source.name)

    def still(self, parcel: Parcel, now: int) -> str | None:
        """Why the address takes nothing any more."""
        return reachable.still(parcel.channel, parcel.account, parcel.address, now, parcel.category, parcel.at)

    def admit(self, channel: ChannelName, account: str, now: int) -> int | None:
        """When the account has no call to give."""
        return rates.admit(channel, account, now)

    def learned(self, parcel: Parcel, outcome: Outcome, now: int) -> None:
        """The account's guard is told of every call; the address only of what says something about it."""
        rates.learned(parcel.channel, parcel.account, outcome, now)
        if outcome.kind is not Result.SENT and outcome.reason:
            whom = (parcel.channel, parcel.account, parcel.address, outcome.reason)
            reachable.learn(*whom, now, until=outcome.until, template=str(parcel.body.get("template_id", "")))

    def chance(self) -> float:
        """Chance, for spreading."""
        return random()

    def new_group(self) -> str:
        """An id that nobody has had before."""
        return uuid4().hex

    def send_group(self, group: str, parcels: Sequence[Parcel], now: int) -> Mapping[str, Outcome]:
        """One call for all."""
        from chalicelib.channels.mass import CHANNEL

        return CHANNEL.send_group(group, parcels, now)

    def called(self, group: str, now: int) -> bool:
        """Whether the platform may have been called for a group; if not, nobody will any more."""
        from chalicelib.channels import mass_groups

        return mass_groups.dissolve(group, now) is not None


MEANS: Final = RealMeans()
