"""What every channel is to the lambdas that send: a small interface. Pure.

    outcome = channel_of(ChannelName.SMS).send(parcel, now)

A channel never raises for what a platform or a person does: whatever happens is an Outcome. What it raises is a fault of the moment of our
own stores, and the message is tried again.
"""

from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Final, Protocol

from chalicelib.events.model import Json
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.providers.model import Outcome

NO_KEY: Final = 0


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message as a channel carries it: to which address, by which account (an appid, or an account at a provider), and the words as
    `templates.rendering` made them. `id` is our message, and the key where the platform honours one; `provider_key` is one that was drawn.
    `at` (ms) is when it was decided.
    """

    id: str
    channel: ChannelName
    account: str
    address: str = field(repr=False)
    body: Json = field(repr=False)
    category: Category = Category.SERVICE
    person: str = ""
    at: int = 0
    provider_key: str = ""


class Channel(Protocol):
    """One way to tell somebody something."""

    name: ChannelName

    def send(self, parcel: Parcel, now: int) -> Outcome:
        """Calls the platform once. `now` in ms."""
        ...

    def key_lives_ms(self, parcel: Parcel) -> int:
        """For how long after the first call the platform takes the same key for the same message: within it an unknown outcome may be
        tried again. 0: never.
        """
        ...

    def draw_key(self, parcel: Parcel, now: int) -> str | Outcome:
        """A key that has to be asked for before the first call, "" where none has to be; or why there is none."""
        ...

    def look_up(self, parcel: Parcel, sent_at: int, now: int) -> Outcome | None:
        """What became of a message whose outcome is unknown; UNKNOWN: it cannot be told yet. None: the platform never tells."""
        ...

    def per_minute(self, account: str) -> int | None:
        """How many calls a minute the account may make, None for as many as one likes."""
        ...

    def per_day(self, account: str) -> int | None:
        """How many messages a day (China's) the account may send, None for as many as one likes."""
        ...


_MODULES: Final = {name: f"chalicelib.channels.{name.value}" for name in ChannelName}


@cache
def channel_of(name: ChannelName) -> Channel:
    """The channel of a name, imported at its first use: its module holds it as `CHANNEL`."""
    found: Channel = import_module(_MODULES[name]).CHANNEL
    return found
