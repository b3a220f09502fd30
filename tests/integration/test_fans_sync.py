"""A sync of all fans: what no push has told is found and told once, whatever happens to workers, messages and the platform."""

import pytest

from chalicelib.entrypoints import read_fans as entrypoint
from chalicelib.fans import keys, run_records, run_tallies, store, syncing
from chalicelib.fans.run_records import LOST_MS
from chalicelib.fans.runs import Phase
from chalicelib.wechat.error_numbers import NO_ANSWER
from tests.support.aws import Stack, memory_stack
from tests.support.clock import Clock
from tests.support.crashes import killed_at, writes_of
from tests.support.fans import APPID, DAY, MINUTE, NOW, FanWorld, fan_world, openids, publish, refusal

FAN, OTHER = "oFan1", "oFan2"
LIST, INFO, BATCH = "/cgi-bin/user/get", "/cgi-bin/user/info", "/cgi-bin/user/info/batchget"


@pytest.fixture(autouse=True)
def four_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer queries; test_fans_keys.py looks at the real number."""
    monkeypatch.setattr(keys, "_MASK", 3)
    monkeypatch.setattr(syncing, "SHARDS", 4)


@pytest.fixture
def world(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> FanWorld:
    clock = Clock(NOW)
    clock.install(monkeypatch, entrypoint)
    made = fan_world(stack, clock)
    monkeypatch.setattr(entrypoint, "Client", made.platform.connect)
    return made


# ---- what is found ----


def test_a_follow_whose_push_was_lost_is_told_with_the_time_of_the_platform(world: FanWorld) -> None:
    world.follow(FAN, at=NOW - DAY)
    world.sync()
    assert world.history(FAN) == [("WechatSubscribed", (NOW - DAY) // 1000, "sync")]
    assert world.fan(FAN).following
    assert world.phase is Phase.DONE


def test_an_unfollow_whose_push_was_lost_is_told_as_of_the_sync(world: FanWorld) -> None:
    world.push("subscribe", FAN, at=NOW - DAY)
    world.sync()
    assert world.history(FAN) == [("WechatSubscribed", (NOW - DAY) // 1000, ""), ("WechatUnsubscribed", NOW // 1000, "sync")]
    assert world.fan(FAN).following is False


def test_who_came_back_after_a_lost_unfollow_is_told_to_have_followed_anew_when_read(world: FanWorld) -> None:
    world.follow(FAN, at=NOW - DAY)
    world.push("subscribe", FAN, at=NOW - DAY)
    world.settle()
    world.follow(FAN, at=NOW + DAY)
    world.clock.pass_by(31 * DAY)
    world.sync()
    assert world.history(FAN) == [("WechatSubscribed", (NOW - DAY) // 1000, ""), ("WechatSubscribed", (NOW + DAY) // 1000, "sync")]


def test_what_pushes_have_told_is_not_told_again(world: FanWorld) -> None:
    world.follow(FAN)
    world.push("subscribe", FAN)
    world.push("subscribe", OTHER)
    world.clock.pass_by(MINUTE)
    world.push("unsubscribe", OTHER)
    world.clock.pass_by(DAY)
    world.sync()
    assert [by for openid in (FAN, OTHER) for _, _, by in world.history(openid)] == ["", "", ""]


def test_a_push_that_comes_after_the_sync_is_not_told_twice(world: FanWorld) -> None:
    world.push("subscribe", OTHER, at=NOW - DAY)
    world.follow(FAN, at=NOW - DAY)
    world.sync()
    world.push("subscribe", FAN, at=NOW - DAY + 1000)
    world.push("unsubscribe", OTHER, at=NOW - 5 * MINUTE)
    assert [by for _, _, by in world.history(FAN)] == ["sync"]
    assert [name for name, _, _ in world.history(OTHER)] == ["WechatSubscribed", "WechatUnsubscribed"]


def test_a_push_that_was_kept_by_a_worker_that_died_is_not_told_again_by_the_sync(world: FanWorld) -> None:
    world.follow(FAN, at=NOW - DAY)
    assert killed_at(1, lambda: world.push("subscribe", FAN, at=NOW - DAY), after=False)  # after the event, before the fan's item
    assert not world.fan(FAN).following
    world.sync()
    assert [by for _, _, by in world.history(FAN)] == [""]
    assert world.fan(FAN).following


def test_a_fan_who_follows_during_the_sync_is_left_alone(world: FanWorld) -> None:
    world.push("subscribe", OTHER, at=NOW - DAY)
    world.follow(OTHER, at=NOW - DAY)

    def meanwhile(path: str) -> None:
        if path == LIST and FAN not in world.platform.since:
            world.clock.pass_by(1000)
            world.follow(FAN)
            world.push("subscribe", FAN)

    world.platform.before = meanwhile
    world.sync()
    assert [by for _, _, by in world.history(FAN)] == [""]


def test_who_is_missing_in_the_list_and_still_follows_has_not_left(world: FanWorld) -> None:
    world.push("subscribe", FAN, at=NOW - DAY)

    def found_again(path: str) -> None:
        if path != LIST:
            world.follow(FAN, at=NOW - DAY)

    world.platform.before = found_again
    world.sync()
    assert world.fan(FAN).following
    assert len(world.history(FAN)) == 1


# ---- how it goes ----


def test_every_page_is_walked_and_everybody_unknown_is_read_in_large_parts(world: FanWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syncing, "SLICE", 10)
    monkeypatch.setattr(syncing, "MAX_OPENIDS", 10)
    world.platform.page_size = 15
    for openid in openids(32):
        world.follow(openid, at=NOW - DAY)
    world.sync()
    assert world.platform.calls[LIST] == 4  # 15, 15, 2, none
    assert world.platform.calls[BATCH] == 5  # 10 and 5, twice, and 2
    run = run_records.latest(APPID)
    assert run is not None
    assert (run.listed, run.total, run_tallies.reads(run).followed) == (32, 32, 32)


def test_the_next_sync_reads_nobody_again(world: FanWorld) -> None:
    for openid in openids(3):
        world.follow(openid, at=NOW - DAY)
    world.sync()
    world.platform.calls.clear()
    world.sync()
    assert world.platform.calls == {LIST: 2}


def test_after_a_month_everybody_is_read_again_and_what_is_the_same_is_not_told(world: FanWorld) -> None:
    world.follow(FAN, at=NOW - DAY)
    world.sync()
    told = world.told(FAN)
    world.clock.pass_by(31 * DAY)
    world.platform.calls.clear()
    world.sync()
    assert world.platform.calls[INFO] == 1
    assert world.told(FAN) == told


def test_starting_twice_is_starting_once(world: FanWorld) -> None:
    world.follow(FAN, at=NOW - DAY)
    first, second = syncing.start(APPID, NOW), syncing.start(APPID, NOW + 1)
    assert first.id == second.id
    world.settle()
    assert world.platform.calls[LIST] == 2
    assert syncing.start(APPID, NOW + DAY).id == NOW + DAY


def test_an_account_without_fans_is_synced_too(world: FanWorld) -> None:
    world.sync()
    assert world.phase is Phase.DONE


def test_a_tired_worker_hands_on(world: FanWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syncing, "SLICE", 2)
    for openid in openids(7):
        world.follow(openid, at=NOW - DAY)
    world.platform.before = lambda _: world.clock.pass_by(syncing.WORK_MS)
    world.sync()
    assert world.phase is Phase.DONE
    assert all(world.fan(openid).following for openid in openids(7))


# ---- when something fails ----


def test_when_the_calls_of_the_day_are_used_up_the_sync_goes_on_tomorrow(world: FanWorld) -> None:
    world.follow(FAN, at=NOW - DAY)
    world.platform.fails[LIST] = [refusal(45009)]  # until midnight in China, 16 hours ahead
    world.sync()
    assert (world.phase, world.platform.calls[LIST]) == (Phase.LISTING, 1)
    for _ in range(65):
        world.settle(900)
    assert (world.phase, world.platform.calls[LIST]) == (Phase.DONE, 3)
    assert world.fan(FAN).following


def test_while_it_waits_for_tomorrow_nobody_takes_it_for_lost(world: FanWorld) -> None:
    world.platform.fails[LIST] = [refusal(45009)]
    world.sync()
    world.clock.pass_by(12 * 60 * MINUTE)
    syncing.upkeep(APPID, world.clock.now)
    world.pump.drain()
    assert len(world.stack.messages("fans")) <= 1


def test_a_fault_of_the_moment_is_tried_again(world: FanWorld) -> None:
    world.follow(FAN, at=NOW - DAY)
    world.platform.fails = {LIST: [refusal(NO_ANSWER)] * 2, INFO: [refusal(NO_ANSWER)] * 2}
    world.sync()
    for _ in range(5):
        world.settle()
    assert world.fan(FAN).following


def test_an_account_that_may_not_list_its_fans_is_told_so(world: FanWorld) -> None:
    world.platform.fails[LIST] = [refusal(48001)]
    world.sync()
    run = run_records.latest(APPID)
    assert run is not None
    assert (world.phase, run.error) == (Phase.FAILED, 48001)
    world.follow(FAN, at=NOW - DAY)
    world.sync()
    assert world.fan(FAN).following


def test_one_openid_of_another_account_does_not_keep_the_others_from_being_read(world: FanWorld) -> None:
    for openid in openids(9):
        world.push("subscribe", openid, at=NOW - DAY)
    world.settle()
    world.platform.strangers.add(openids(9)[4])
    world.sync()
    assert [world.fan(openid).following for openid in openids(9)] == [False] * 4 + [True] + [False] * 4


def test_a_sync_whose_message_was_lost_goes_on_when_it_is_started_again(world: FanWorld) -> None:
    world.follow(FAN, at=NOW - DAY)
    syncing.start(APPID, NOW)
    world.stack.messages("fans")
    syncing.start(APPID, NOW + LOST_MS)
    world.settle()
    assert not world.fan(FAN).following
    world.clock.pass_by(LOST_MS)
    syncing.upkeep(APPID, world.clock.now)
    world.settle()
    assert (world.phase, world.fan(FAN).following) == (Phase.DONE, True)


def test_messages_of_an_account_that_is_no_longer_in_force_are_let_go(world: FanWorld) -> None:
    syncing.start(APPID, NOW)
    publish(kind="mini_program", now=NOW + 1)
    world.settle()
    assert not world.platform.calls


@pytest.mark.parametrize("body", ["no JSON", "{}", '{"read": {"appid": "", "openids": ["o"], "at": 1}}', '{"read": {"openids": []}}', "[]"])
def test_a_message_that_nobody_understands_goes_to_the_dead_letters(world: FanWorld, body: str) -> None:
    world.stack.client("sqs").send_message(QueueUrl=world.stack.queue_url("fans"), MessageBody=body)
    world.pump.drain()
    (letter,) = world.stack.messages("dead-letters")
    assert '"read_fans"' in letter


def test_whoever_dies_anywhere_and_comes_again_brings_the_same_end(monkeypatch: pytest.MonkeyPatch) -> None:
    undisturbed, writes = _end(monkeypatch, kill_at=None)
    assert writes > 20
    for number in range(writes):
        assert _end(monkeypatch, kill_at=number)[0] == undisturbed, f"killed after write {number}"


def _end(monkeypatch: pytest.MonkeyPatch, kill_at: int | None) -> tuple[object, int]:
    """What is known and told of everybody after a sync, one of whose workers dies after a write; and how many writes it took."""
    with memory_stack() as stack:
        clock = Clock(NOW)
        clock.install(monkeypatch, entrypoint)
        monkeypatch.setattr(syncing, "SLICE", 2)
        monkeypatch.setattr(syncing, "SHARDS", 2)
        monkeypatch.setattr(keys, "_MASK", 1)
        monkeypatch.setattr(store, "WORKERS", 1)
        world = fan_world(stack, clock)
        monkeypatch.setattr(entrypoint, "Client", world.platform.connect)
        _seed(world)
        writes = 0
        if kill_at is None:
            writes = writes_of(world.sync)
        else:
            killed_at(kill_at, world.sync, after=True)  # the queue delivers again what a dead worker had
        clock.pass_by(LOST_MS + 1)
        syncing.upkeep(APPID, clock.now)
        world.settle()
        return {one: (world.history(one), world.profiles(one), world.fan(one).following) for one in openids(5)}, writes


def _seed(world: FanWorld) -> None:
    """Two who came unnoticed, one who left unnoticed, two of whom all is known."""
    first, second, third, fourth, fifth = openids(5)
    world.follow(first, at=NOW - DAY)
    world.follow(second, at=NOW - DAY)
    world.push("subscribe", third, at=NOW - DAY)
    world.push("subscribe", fourth, at=NOW - DAY)
    world.follow(fourth, at=NOW - DAY)
    world.push("subscribe", fifth, at=NOW - DAY)
    world.push("unsubscribe", fifth, at=NOW - DAY + MINUTE)
    world.settle()
