"""Mass messages from the queue to the platform: claimed, grouped, sent, settled, whoever dies at whichever write."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import pytest

from chalicelib.channels import mass_groups
from chalicelib.channels.channel import Channel, Parcel
from chalicelib.dispatch import states, store
from chalicelib.dispatch.grouping import carry_out_group
from chalicelib.dispatch.model import Order, Source, SourceKind, State, Trip
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.providers.model import Outcome
from tests.support.crashes import killed_at, writes_of
from tests.support.senders import BODIES, Town
from tests.unit.local_wechat.calling import SERVICE

NAMES = ("mulan", "xuan", "jing", "wu")
LATER = 600_000


@dataclass
class Worker:
    """Carries out messages with the real channel and the real groups."""

    town: Town
    groups: list[str] = field(default_factory=list)

    def work(self, ids: Sequence[str]) -> None:
        carry_out_group([(one, 0) for one in ids], self.town.now, self)

    def channel(self, name: ChannelName) -> Channel:
        assert name is ChannelName.MASS
        return self.town.mass

    def held(self, source: Source) -> str | None:
        return None

    def still(self, parcel: Parcel, now: int) -> str | None:
        return None

    def admit(self, channel: ChannelName, account: str, now: int) -> int | None:
        return None

    def learned(self, parcel: Parcel, outcome: Outcome, now: int) -> None:
        return None

    def chance(self) -> float:
        return 0.5

    def new_group(self) -> str:
        self.groups.append(f"g{len(self.groups)}-{self.town.now}")
        return self.groups[-1]

    def send_group(self, group: str, parcels: Sequence[Parcel], now: int) -> Mapping[str, Outcome]:
        return self.town.mass.send_group(group, parcels, now)

    def called(self, group: str, now: int) -> bool:
        return mass_groups.dissolve(group, now) is not None


@pytest.fixture
def worker(town: Town) -> Worker:
    return Worker(town)


def queued(town: Town, case: str) -> list[str]:
    """A message for each fan, all of the same words."""
    body = {**BODIES[ChannelName.MASS], "text": {"content": case}}
    ids = []
    for name in NAMES:
        order = Order(f"{case}-{name}", f"p-{name}", "news", 1, Category.MARKETING, Source(SourceKind.BROADCAST, "b"), town.now)
        accepted = states.accepted(order, town.now)
        trip = Trip(ChannelName.MASS, SERVICE, town.platform.fan(name).openid, body)
        assert store.put_new(states.queued(accepted, trip, town.now))
        ids.append(order.id)
    return ids


def got(town: Town, case: str) -> list[str]:
    """Who was sent the words, in order of names."""
    openids = {town.platform.fan(name).openid: name for name in NAMES}
    return sorted(openids[one.openid] for one in town.platform.world.outbox if one.body.get("text") == {"content": case})


def where(ids: Sequence[str]) -> set[State]:
    return {message.state for one in ids if (message := store.find(one))}


def test_all_of_a_batch_go_in_one_call_and_are_sent(town: Town, worker: Worker) -> None:
    ids = queued(town, "all")
    worker.work(ids)
    assert (got(town, "all"), where(ids), town.calls("mass/send")) == (sorted(NAMES), {State.SENT}, 1)
    worker.work(ids)
    assert town.calls("mass/send") == 1


@pytest.mark.parametrize("after", [False, True])
def test_whoever_dies_at_any_write_everybody_gets_it_once(town: Town, worker: Worker, after: bool) -> None:
    worker.work(queued(town, "first"))  # the token is there
    whole = queued(town, "counted")
    for number in range(writes_of(lambda: worker.work(whole))):
        case = f"{number}-{after}"
        ids = queued(town, case)
        town.platform.world.counters.clear()  # a new month
        assert killed_at(number, partial(worker.work, ids), after=after)
        for half in (ids[:2], ids[2:], ids, ids):  # they come again, in other company
            town.pass_by(states.LEASE_MS)
            worker.work(half)
        assert (got(town, case), where(ids)) == (sorted(NAMES), {State.SENT}), case


def test_after_a_lost_answer_those_who_come_first_bring_it_to_all(town: Town, worker: Worker) -> None:
    ids = queued(town, "lost")
    town.fails("mass/send", "timeout", count=1)
    worker.work(ids)
    assert got(town, "lost") == []
    town.pass_by(60_000)
    worker.work(ids[:1])
    assert got(town, "lost") == sorted(NAMES)
    worker.work(ids)
    assert (got(town, "lost"), where(ids)) == (sorted(NAMES), {State.SENT})


def test_a_list_that_the_platform_limits_waits_and_goes_out_later(town: Town, worker: Worker) -> None:
    ids = queued(town, "limit")
    town.refuses("mass/send", 45011, count=1)
    worker.work(ids)
    assert where(ids) == {State.QUEUED}
    town.pass_by(LATER)
    worker.work(ids)
    assert (got(town, "limit"), where(ids)) == (sorted(NAMES), {State.SENT})
