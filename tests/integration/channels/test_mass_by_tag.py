"""Mass messages of a subscription account from the queue to the platform: gathered, tagged, claimed, one call, settled, whoever dies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import pytest

from chalicelib.channels import mass_gatherings, mass_groups, mass_jobs
from chalicelib.channels.channel import Channel, Parcel
from chalicelib.channels.mass_by_tag import ByTag
from chalicelib.channels.mass_gathering import FENCE_MS, LONGEST_MS, QUIET_MS, TAG_KEPT_MS, WORKER_MS
from chalicelib.dispatch import states, store
from chalicelib.dispatch.gathering import GATHERING
from chalicelib.dispatch.grouping import carry_out_group
from chalicelib.dispatch.model import Message, Order, Source, SourceKind, State, Trip
from chalicelib.dispatch.sending import Done, Later
from chalicelib.messages.ledger import KEYED_MS
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.providers.model import Fate, Outcome
from tests.support.crashes import killed_at, writes_of
from tests.support.senders import BODIES, Town
from tests.unit.local_wechat.calling import SUBSCRIPTION

NAMES = ("mulan", "xuan", "jing", "wu")
CALL = "mass/sendall"
MINUTE = 60_000
DAY = 24 * 60 * MINUTE
LEFT = "not_following"


@dataclass
class Worker:
    """Carries out messages with the real channel and gatherings, as the queue shows them."""

    town: Town
    pool: dict[str, int] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    hold: dict[str, str] = field(default_factory=dict)
    ids: int = 0

    def __post_init__(self) -> None:
        self.by_tag = ByTag(self.town.mass, lambda: 1.0)

    def work(self, ids: Sequence[str]) -> None:
        for one, what in carry_out_group([(one, 0) for one in ids], self.town.now, self, self.by_tag).items():
            if isinstance(what, Later):
                self.pool[one] = what.until
            else:
                self.pool.pop(one, None)

    def poll(self) -> None:
        """Whatever is due."""
        if ready := [one for one, at in self.pool.items() if at <= self.town.now]:
            self.work(ready)

    def until_done(self, within: int = DAY) -> None:
        """The queue shows what is due, until nothing is left."""
        end = self.town.now + within
        while self.pool and (at := min(self.pool.values())) <= end:
            self.town.pass_by(max(at - self.town.now, 0))
            self.poll()

    def channel(self, name: ChannelName) -> Channel:
        assert name is ChannelName.MASS
        return self.town.mass

    def held(self, source: Source) -> str | None:
        return self.hold.get(source.name)

    def still(self, parcel: Parcel, now: int) -> str | None:
        return LEFT if parcel.address in self.gone else None

    def admit(self, channel: ChannelName, account: str, now: int) -> int | None:
        return None

    def learned(self, parcel: Parcel, outcome: Outcome, now: int) -> None:
        return None

    def chance(self) -> float:
        return 0.0

    def new_group(self) -> str:
        self.ids += 1
        return f"{self.town.now:x}{self.ids:04d}"[::-1]

    def send_group(self, group: str, parcels: Sequence[Parcel], now: int) -> Mapping[str, Outcome]:
        raise AssertionError("a subscription account has no lists")

    def called(self, group: str, now: int) -> bool:
        return mass_groups.dissolve(group, now) is not None


@pytest.fixture
def worker(town: Town) -> Worker:
    return Worker(town)


def queued(worker: Worker, case: str, names: Sequence[str] = NAMES, broadcast: str = "b", expires: int | None = None) -> list[str]:
    """A message for each fan, all of the same words."""
    town, body, ids = worker.town, {**BODIES[ChannelName.MASS], "text": {"content": case}}, []
    for name in names:
        order = Order(f"{case}-{name}", f"p-{name}", "news", 1, Category.MARKETING, Source(SourceKind.BROADCAST, broadcast), town.now)
        accepted = states.accepted(replace(order, expires=expires), town.now)
        trip = Trip(ChannelName.MASS, SUBSCRIPTION, openid(town, name), body)
        assert store.put_new(states.queued(accepted, trip, town.now))
        worker.pool[order.id] = town.now
        ids.append(order.id)
    return ids


def openid(town: Town, name: str) -> str:
    return town.platform.fan(name, SUBSCRIPTION).openid


def got(town: Town, case: str) -> list[str]:
    """Who was sent the words, in order of names."""
    names = {relation.openid: person for person in NAMES if (relation := town.platform.world.relation(SUBSCRIPTION, _id(town, person)))}
    return sorted(names[one.openid] for one in town.platform.world.outbox if one.body.get("text") == {"content": case})


def _id(town: Town, name: str) -> str:
    return str(town.platform.world.person_named(name).id)


def now_is(message: str) -> Message:
    found = store.find(message)
    assert found is not None
    return found


def where(ids: Sequence[str]) -> list[str]:
    return [now_is(one).state.value for one in ids]


def tags(town: Town) -> list[str]:
    return [one.name for one in town.platform.world.accounts[SUBSCRIPTION].tags.values()]


def test_all_go_in_one_call_to_a_tag_that_only_they_have(town: Town, worker: Worker) -> None:
    openid(town, "stranger")
    ids = queued(worker, "all")
    worker.until_done()
    assert (got(town, "all"), where(ids), town.calls(CALL)) == (sorted(NAMES), ["sent"] * 4, 1)
    group = now_is(ids[0]).trip
    assert group is not None
    assert (town.sent["clientmsgid"], town.sent["filter"]["is_to_all"], town.calls("mass/send")) == (group.group, False, 0)


def test_while_they_gather_they_stay_queued_and_say_why(town: Town, worker: Worker) -> None:
    (one,) = queued(worker, "waits", ["mulan"])
    worker.poll()
    found = now_is(one)
    assert (found.state, found.reason, worker.pool[one]) == (State.QUEUED, GATHERING, town.now + QUIET_MS)
    assert states.came_back(found)


def test_who_comes_in_time_goes_along_and_one_alone_is_enough(town: Town, worker: Worker) -> None:
    queued(worker, "late", ["mulan"])
    worker.poll()
    town.pass_by(QUIET_MS - MINUTE)
    queued(worker, "late", ["xuan"])
    worker.until_done()
    assert (got(town, "late"), town.calls(CALL)) == (["mulan", "xuan"], 1)


def test_a_gathering_closes_after_an_hour_though_more_keep_coming(town: Town, worker: Worker) -> None:
    began = town.now
    for place in range(20):
        queued(worker, "flood", [f"fan{place}"])
        worker.poll()
        town.pass_by(QUIET_MS - MINUTE)
        worker.poll()
    first = now_is("flood-fan0")
    assert first.state is State.SENT
    assert began + LONGEST_MS + FENCE_MS <= first.at <= began + LONGEST_MS + FENCE_MS + 2 * QUIET_MS


def test_fans_are_tagged_fifty_at_a_time_and_not_again_when_they_come_by(town: Town, worker: Worker) -> None:
    ids = queued(worker, "many", [f"fan{place}" for place in range(120)])
    worker.work(ids)
    worker.work(ids)
    assert town.calls("members/batchtagging") == 3
    worker.until_done()
    assert (set(where(ids)), town.calls(CALL), len(town.outbox)) == ({"sent"}, 1, 120)


@pytest.mark.parametrize("why", ["left", "cancelled", "expired", "paused"])
def test_who_is_stopped_meanwhile_loses_the_tag_before_the_call(town: Town, worker: Worker, why: str) -> None:
    (first,) = queued(worker, why, ["mulan"], "other", expires=town.now + 6 * MINUTE if why == "expired" else None)
    others = queued(worker, why, ["xuan", "jing"])
    worker.poll()
    if why == "left":
        worker.gone.add(openid(town, "mulan"))
    elif why != "expired":
        worker.hold["other"] = why
    worker.until_done(30 * MINUTE)
    assert (got(town, why), where(others), town.calls("batchuntagging")) == (["jing", "xuan"], ["sent"] * 2, 1)
    assert where([first])[0] == {"left": "failed", "cancelled": "refused", "expired": "failed", "paused": "queued"}[why]


def test_who_was_held_goes_with_the_next_gathering(town: Town, worker: Worker) -> None:
    (first,) = queued(worker, "held", ["mulan"], "other")
    queued(worker, "held", ["xuan"])
    worker.poll()
    worker.hold["other"] = "paused"
    worker.until_done(30 * MINUTE)
    worker.hold.clear()
    worker.until_done(2 * DAY)
    assert (got(town, "held"), where([first]), town.calls(CALL)) == (["mulan", "xuan"], ["sent"], 2)


def test_when_all_are_stopped_nobody_calls(town: Town, worker: Worker) -> None:
    ids = queued(worker, "none")
    worker.poll()
    worker.hold["b"] = "cancelled"
    worker.until_done()
    assert (where(ids), town.calls(CALL)) == (["refused"] * 4, 0)


def test_the_second_message_of_a_day_waits_for_tomorrow_and_the_quota_says_so(town: Town, worker: Worker) -> None:
    queued(worker, "one")
    worker.until_done()
    until = worker.by_tag.shut_until(SUBSCRIPTION, town.now)
    assert until is not None
    ids = queued(worker, "two")
    worker.until_done(until - town.now - MINUTE)
    assert (town.calls(CALL), where(ids)) == (1, ["queued"] * 4)
    worker.until_done()
    assert (got(town, "two"), where(ids), town.calls(CALL)) == (sorted(NAMES), ["sent"] * 4, 2)
    assert now_is(ids[0]).at >= until


def test_when_the_console_has_used_the_day_all_wait_for_tomorrow_in_another_gathering(town: Town, worker: Worker) -> None:
    town.refuses(CALL, 45028, count=1)
    ids = queued(worker, "console")
    worker.until_done(60 * MINUTE)
    assert (where(ids), town.calls(CALL)) == (["queued"] * 4, 1)
    assert {now_is(one).reason for one in ids} <= {"account_limit", GATHERING}
    worker.until_done(2 * DAY)
    assert (got(town, "console"), where(ids)) == (sorted(NAMES), ["sent"] * 4)


def test_words_that_the_platform_refuses_fail_for_all_at_once(town: Town, worker: Worker) -> None:
    town.refuses(CALL, 40007)
    ids = queued(worker, "refused")
    worker.until_done()
    assert (where(ids), {now_is(one).reason for one in ids}, town.calls(CALL)) == (["failed"] * 4, {"content_refused"}, 1)


@pytest.mark.parametrize(("what", "reason"), [("unknown", "address_invalid"), ("gone", LEFT), ("full", "mass_full")])
def test_one_who_cannot_be_tagged_fails_and_the_others_go(town: Town, worker: Worker, what: str, reason: str) -> None:
    ids = queued(worker, what)
    relation = town.relation(openid(town, "mulan"))
    if what == "unknown":
        del town.platform.world.openids[relation.openid]
    elif what == "gone":
        relation.subscribed = False
    else:
        relation.tags = list(range(1_000, 1_020))
    worker.until_done()
    assert (where(ids), now_is(ids[0]).reason) == (["failed", "sent", "sent", "sent"], reason)
    assert len(town.outbox) == 3


def test_an_account_without_room_for_a_tag_waits_until_somebody_makes_room(town: Town, worker: Worker) -> None:
    town.refuses("tags/create", 45056, count=3)
    ids = queued(worker, "room")
    worker.poll()
    assert (where(ids), now_is(ids[0]).reason) == (["queued"] * 4, "mass_tags_used_up")
    worker.until_done()
    assert where(ids) == ["sent"] * 4


@pytest.mark.parametrize("effect", ["timeout", "timeout_after"])
def test_after_a_lost_answer_the_very_same_call_is_made_again(town: Town, worker: Worker, effect: str) -> None:
    town.fails(CALL, effect, count=1)
    ids = queued(worker, effect)
    worker.until_done()
    assert (got(town, effect), where(ids), town.calls(CALL)) == (sorted(NAMES), ["sent"] * 4, 2)


def test_when_the_key_has_died_nobody_knows(town: Town, worker: Worker) -> None:
    town.fails(CALL, "timeout_after")
    ids = queued(worker, "dead")
    worker.until_done()
    assert (where(ids), got(town, "dead")) == (["unknown"] * 4, sorted(NAMES))
    assert now_is(ids[0]).reason == "provider_silent"


def test_a_fault_of_the_tags_sends_nothing_and_is_tried_again(town: Town, worker: Worker) -> None:
    town.fails("members/batchtagging", "timeout_after", count=3)
    ids = queued(worker, "tags")
    worker.until_done()
    assert (got(town, "tags"), where(ids), town.calls(CALL)) == (sorted(NAMES), ["sent"] * 4, 1)


def test_the_tag_is_deleted_when_the_platform_has_had_its_time(town: Town, worker: Worker) -> None:
    queued(worker, "tag")
    worker.until_done()
    worker.by_tag.clear(SUBSCRIPTION, town.now)
    assert len(tags(town)) == 1
    town.pass_by(TAG_KEPT_MS)
    worker.by_tag.clear(SUBSCRIPTION, town.now)
    worker.by_tag.clear(SUBSCRIPTION, town.now)
    assert (tags(town), mass_gatherings.of_account(SUBSCRIPTION)) == ([], [])


def test_the_end_of_the_job_delivers_to_all(town: Town, worker: Worker) -> None:
    ids = queued(worker, "job")
    worker.until_done()
    counts = {"TotalCount": "4", "FilterCount": "4", "SentCount": "4", "ErrorCount": "0"}
    told = {"MsgID": str(town.platform.world.outbox[-1].msgid), "Status": "send success", **counts}
    done = mass_jobs.finished(SUBSCRIPTION, told, town.now)
    assert done is not None
    assert (done.fate, sorted(done.members)) == (Fate.DELIVERED, sorted(ids))


def test_other_words_gather_by_themselves_and_one_of_them_waits_for_tomorrow(town: Town, worker: Worker) -> None:
    one, two = queued(worker, "words-1"), queued(worker, "words-2")
    worker.until_done(60 * MINUTE)
    assert sorted({*where(one), *where(two)}) == ["queued", "sent"]
    worker.until_done()
    assert (got(town, "words-1"), got(town, "words-2"), town.calls(CALL)) == (sorted(NAMES), sorted(NAMES), 2)


def test_a_claim_that_found_no_call_for_long_is_looked_at_once_more(town: Town, worker: Worker) -> None:
    ids = queued(worker, "old")
    town.fails("batchuntagging", "timeout", count=3 * 400)
    worker.poll()
    worker.gone.add(openid(town, "mulan"))
    worker.until_done(60 * MINUTE)
    assert where(ids) == ["failed", *["claimed"] * 3]
    worker.gone.add(openid(town, "xuan"))
    worker.until_done(150 * MINUTE)
    town.heals()
    worker.until_done()
    assert (where(ids), got(town, "old")) == (["failed", "failed", "sent", "sent"], ["jing", "wu"])


@pytest.mark.parametrize("after", [False, True])
def test_whoever_dies_at_any_write_everybody_gets_it_once(town: Town, worker: Worker, after: bool) -> None:
    queued(worker, "first")
    worker.until_done()
    town.pass_by(DAY)
    for number in range(100):
        case = f"{number}-{after}"
        ids = queued(worker, case)
        died = killed_at(number, partial(worker.until_done), after=after)
        worker.pool |= dict.fromkeys((one for one in ids if one in worker.pool), town.now + 2 * MINUTE)  # visible again
        worker.until_done(2 * DAY)
        assert (got(town, case), where(ids)) == (sorted(NAMES), ["sent"] * 4), case
        town.pass_by(DAY)
        if not died:
            break
    assert number > 15


def test_a_batch_that_comes_again_changes_nothing(town: Town, worker: Worker) -> None:
    ids = queued(worker, "again")
    worker.until_done()
    assert writes_of(lambda: worker.work(ids)) == 0
    assert all(isinstance(one, Done) for one in carry_out_group([(one, 0) for one in ids], town.now, worker, worker.by_tag).values())
    assert KEYED_MS > WORKER_MS
