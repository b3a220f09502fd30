"""Messages on their way, with the real ledger, accounts' rates and dispatcher, and a provider that takes on everything at once.

As a program it sends some against the DynamoDB that the environment names (the emulator), and prints what that consumed and how many went.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from time import perf_counter
from typing import Final
from unittest.mock import patch

from chalicelib.channels import rates
from chalicelib.channels.channel import Parcel
from chalicelib.contacts import uses
from chalicelib.dispatch import dispatching, followups, queue, sending, states, store
from chalicelib.dispatch.model import Message, Order, Source, SourceKind, Trip
from chalicelib.dispatch.news import Receipt
from chalicelib.entrypoints import send as entrypoint
from chalicelib.entrypoints.sending_means import MEANS
from chalicelib.messages.model import message_id
from chalicelib.messages.policy.sends import NOTHING_SENT, Use
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.providers.model import Fate, Outcome, Result
from chalicelib.providers.sms_aliyun import ADAPTER
from chalicelib.timers.timers import Timers
from tests.bench.counted import Meter
from tests.support.deliveries import Context

NOW: Final = 1_795_300_000_000
BATCH: Final = 10
PER_MINUTE: Final = 600_000  # more than the emulator carries: the account is asked for tokens, and has some
A_SECOND: Final = "a second"
SENT: Final = 500  # messages of the run against the emulator
CONTEXT: Final = Context("send_sms", "bench")
BODY: Final = {
    "provider": "aliyun", "signature": "旗舰店", "template": "SMS_154950909", "variables": {"name": "木兰", "points": "1280"},
    "text": "亲爱的${name}，您的积分变为${points}。", "shown": "【旗舰店】亲爱的木兰，您的积分变为1280。", "parts": 1,
}  # fmt: skip


class Carrier:
    """A channel whose provider answers at once."""

    name = ChannelName.SMS
    by_key = ADAPTER.receipts_by_key

    def send(self, parcel: Parcel, now: int) -> Outcome:
        """Takes it on, under a number of its own."""
        return Outcome(Result.SENT, provider_id=f"9009{now}^{parcel.id[:12]}", by_key=self.by_key)

    def key_lives_ms(self, parcel: Parcel) -> int:
        """None."""
        return 0

    def draw_key(self, parcel: Parcel, now: int) -> str:
        """None."""
        return ""

    def look_up(self, parcel: Parcel, sent_at: int, now: int) -> None:
        """Never."""

    def per_minute(self, account: str) -> int | None:
        """A rate, so that tokens are taken."""
        return PER_MINUTE

    def per_day(self, account: str) -> int | None:
        """As many as one likes."""
        return None


@dataclass(frozen=True, slots=True)
class Post:
    """Messages to as many people, each by itself. Its steps are to be gone in their order."""

    ids: Sequence[str]

    def queue(self) -> None:
        """What a decision writes: the place under the person's caps, and the message."""
        for one in self.ids:
            person = f"p_{one[:20]}"
            uses.reserve(person, Use(NOW, one, 0, Category.SERVICE, ChannelName.SMS, "aliyun"), NOTHING_SENT)
            order = Order(one, person, "points-changed", 3, Category.SERVICE, Source(SourceKind.NOTICE, "points"), NOW)
            trip = Trip(ChannelName.SMS, "aliyun", "13912345678", BODY, template="SMS_154950909")
            store.put_new(states.queued(states.accepted(order, NOW), trip, NOW))

    def send(self) -> None:
        """As the channel's worker does, one after the other."""
        for one in self.ids:
            sending.carry_out(one, 0, NOW + 100, MEANS)

    def receive(self) -> None:
        """The provider's receipt."""
        for one in self.ids:
            followups.carry_out(Receipt(ChannelName.SMS, "aliyun", Fate.DELIVERED, NOW + 5_000, message=one), 0, NOW + 5_000)

    def follow(self) -> None:
        """What the dispatcher makes of each message as it is now: timeline, tallies, metrics."""
        dispatching.follow(self.found, NOW + 6_000)

    @property
    def found(self) -> list[Message]:
        """The messages as they are now."""
        found = store.find_many(self.ids)
        return [found[one] for one in self.ids]

    @property
    def steps(self) -> dict[str, Callable[[], None]]:
        """By what stands in the report."""
        return {"decided and queued": self.queue, "claimed, sent, settled": self.send, "its receipt": self.receive}


def post(name: str, count: int) -> Post:
    """Messages that have not been there yet."""
    return Post([message_id("bench", name, number) for number in range(count)])


@contextmanager
def posting() -> Iterator[None]:
    """The carrier in place of the SMS channel; queues and timers take everything and cost nothing."""
    with ExitStack() as stack:
        for module in ("chalicelib.channels.rates", "chalicelib.entrypoints.sending_means"):
            stack.enter_context(patch(f"{module}.channel_of", lambda _: CARRIER))
        stack.enter_context(patch.object(queue, "_put", lambda *_: None))
        stack.enter_context(patch.object(Timers, "arm", lambda *_: None))
        rates.forget()
        yield


CARRIER: Final = Carrier()


def _consumed() -> dict[str, float]:
    """Write units of a message by step, and messages a second through the lambda, ten side by side."""
    found: dict[str, float] = {}
    with posting(), redirect_stdout(StringIO()):
        with Meter().serving() as meter:
            counted = post("counted", BATCH)
            for name, step in counted.steps.items():
                bill = meter.opened()
                step()
                found[name] = bill.units.write / BATCH
        many = post("many", SENT)
        many.queue()
        began = perf_counter()
        for start in range(0, SENT, BATCH):
            bodies = [json.dumps({"id": one, "attempt": 0, "account": "aliyun"}) for one in many.ids[start : start + BATCH]]
            entrypoint.send("sms", {"Records": [{"messageId": str(place), "body": body} for place, body in enumerate(bodies)]}, CONTEXT)
        found[A_SECOND] = SENT / (perf_counter() - began)
        where = Counter(one.state.value for one in many.found)
    if where != {"sent": SENT}:
        raise AssertionError(f"not all were sent: {where}")
    return found


if __name__ == "__main__":
    print(json.dumps(_consumed()))
