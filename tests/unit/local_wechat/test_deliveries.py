"""Three deliveries in all, each sealed anew; then a minute of silence for those who never answer."""

import pytest

from infra.local_wechat.answers import Response
from infra.local_wechat.chat import CANNOT_SERVE, MINI_CANNOT_SERVE
from infra.local_wechat.driver import NotVerified, SimulatorRefused
from infra.local_wechat.envelopes import Request
from infra.local_wechat.unanswered import Fault, Unanswered
from tests.unit.local_wechat.stage import ACKNOWLEDGED, MINI, SERVICE, URL, Stage, inside, reply_to, says, says_sealed
from tests.unit.wechat.samples import ENCODING_KEY, TOKEN, signed, without

BROKEN = Response(500, b"oops")
OLD_ENCODING_KEY = "OldKeyOfTheYear2025ABCDEFGHIJKLMNOPQRSTUVWX"


def late(_request: Request) -> Response:
    raise Unanswered(Fault.TIMED_OUT, "no answer within 5 s")


def test_what_is_answered_at_once_is_shown() -> None:
    stage = Stage()
    stage.receiver.answers(says("welcome"))
    done = stage.act("follow")
    assert (done.outcomes, done.texts, done.faults) == (["delivered"], ["welcome"], [])
    assert stage.kinds_shown() == [("action", "follow"), ("reply", "text")]


def test_in_safe_mode_a_sealed_reply_is_shown() -> None:
    stage = Stage("safe")
    stage.receiver.answers(says_sealed("welcome"))
    assert stage.act("follow").texts == ["welcome"]


def test_a_push_is_delivered_until_it_is_answered() -> None:
    stage = Stage()
    stage.receiver.answers(BROKEN, late, says("third time lucky"))
    done = stage.act("follow")
    assert (done.outcomes, done.faults, done.texts) == (["delivered"], ["status", "timed_out"], ["third time lucky"])


def test_after_three_failures_the_fan_is_told_that_nobody_serves() -> None:
    stage = Stage()
    stage.receiver.answers(BROKEN)
    done = stage.act("follow")
    assert (done.outcomes, len(stage.receiver.requests), done.texts) == (["failed"], 3, [CANNOT_SERVE])
    assert stage.kinds_shown()[-1] == ("failure", "text")


def test_nobody_is_told_of_a_failure_that_nobody_waits_for() -> None:
    stage = Stage()
    stage.act("follow")
    stage.receiver.answers(BROKEN)
    assert stage.act("unfollow").texts == []


def test_a_broken_reply_is_a_failure_like_any_other() -> None:
    stage = Stage("safe")
    stage.receiver.answers(says("not sealed"))
    done = stage.act("follow")
    assert (done.outcomes, done.faults, done.texts) == (["failed"], ["not_encrypted"] * 3, [CANNOT_SERVE])


def test_a_reply_may_show_what_was_uploaded_until_it_expires() -> None:
    stage = Stage()
    media_id = stage.driver.media(SERVICE)
    stage.act("follow")
    stage.receiver.answers(
        lambda request: Response(200, reply_to(request, f"<Image><MediaId>{media_id}</MediaId></Image>", "image").encode())
    )
    assert stage.act("text", content="hi").faults == []
    stage.world.accounts[SERVICE].media[media_id].expires = stage.clock.now
    assert stage.act("text", content="hi").faults == ["media_unknown"] * 3


def test_mini_programs_have_words_of_their_own() -> None:
    stage = Stage(form="xml")
    stage.receiver.answers(BROKEN)
    assert stage.act("text", MINI, content="hi").texts == [MINI_CANNOT_SERVE]


@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
def test_each_delivery_is_signed_and_sealed_anew_and_says_the_same(mode: str) -> None:
    stage = Stage(mode)
    stage.act("follow")
    stage.receiver.requests.clear()
    stage.receiver.answers(BROKEN)
    stage.act("text", content="hi")
    first, *others = stage.receiver.requests
    for other in others:
        assert without(inside(other), "Encrypt") == without(inside(first), "Encrypt")
        assert other.query["nonce"] != first.query["nonce"]
        assert other.query["signature"] != first.query["signature"]
        assert mode == "plain" or other.body != first.body
        assert other.query["signature"] == signed(TOKEN, other.query["timestamp"], other.query["nonce"])


def test_an_account_without_an_address_hears_nothing() -> None:
    stage = Stage()
    stage.driver.change(SERVICE, callback_url="")
    assert stage.act("follow").outcomes == ["nowhere"]


def test_a_minute_of_silence_follows_many_failures_and_its_pushes_are_lost() -> None:
    stage = Stage()
    stage.driver.ways(breaker_failures=2)
    stage.act("follow")
    stage.receiver.answers(BROKEN)
    assert [stage.act("text", content="hi").outcomes[0] for _ in range(3)] == ["failed", "failed", "lost"]
    stage.receiver.answers(ACKNOWLEDGED)
    stage.driver.advance(59)
    assert stage.act("text", content="hi").outcomes == ["lost"]
    stage.driver.advance(1)
    assert stage.act("text", content="hi").outcomes == ["delivered"]
    assert [one["outcome"] for one in stage.driver.pushes(name="text")] == ["failed", "failed", "lost", "lost", "delivered"]


def test_one_success_ends_the_row_of_failures() -> None:
    stage = Stage()
    stage.driver.ways(breaker_failures=2)
    stage.act("follow")
    for answer in (BROKEN, ACKNOWLEDGED, BROKEN, ACKNOWLEDGED):
        stage.receiver.answers(answer)
        assert stage.act("text", content="hi").outcomes != ["lost"]


def test_one_accounts_failures_are_not_anothers() -> None:
    stage = Stage()
    stage.driver.ways(breaker_failures=1)
    stage.receiver.answers(BROKEN)
    stage.act("follow")
    assert stage.act("text", content="hi").outcomes == ["lost"]
    assert stage.act("text", MINI, content="hi").outcomes == ["failed"]


@pytest.mark.parametrize("answer", [Response(200, b"success"), Response(200, b'"echo"'), Response(404, b"")])
def test_an_address_that_does_not_echo_is_not_kept(answer: Response) -> None:
    stage = Stage()
    stage.pusher.deliverer._transport = lambda _: answer
    with pytest.raises(NotVerified, match="echo_wrong"):
        stage.driver.account(SERVICE, callback_url="http://elsewhere.example/")
    assert stage.world.accounts[SERVICE].callback_url == ""


def test_an_address_that_cannot_be_reached_is_not_kept() -> None:
    stage = Stage()
    stage.pusher.deliverer._transport = late
    with pytest.raises(NotVerified, match="timed_out"):
        stage.driver.account(SERVICE, callback_url="http://elsewhere.example/")


def test_an_address_may_be_set_unchecked() -> None:
    stage = Stage()
    stage.pusher.deliverer._transport = late
    stage.driver.account(SERVICE, callback_url="http://elsewhere.example/", verify=False)
    assert stage.world.accounts[SERVICE].callback_url == "http://elsewhere.example/"


def test_an_encrypting_account_needs_a_key() -> None:
    stage = Stage()
    with pytest.raises(SimulatorRefused, match="aes_key"):
        stage.driver.account("wxkeyless", mode="safe", token="t", callback_url=URL)


def test_a_new_token_and_key_count_from_the_next_delivery_on() -> None:
    stage = Stage("safe", aes_key=OLD_ENCODING_KEY)

    def changes(request: Request) -> Response:
        stage.driver.change(SERVICE, aes_key=ENCODING_KEY, old_aes_key=OLD_ENCODING_KEY, token="new", verify=False)
        return BROKEN

    stage.receiver.answers(changes, ACKNOWLEDGED)
    assert stage.act("follow").outcomes == ["delivered"]
    second = stage.receiver.last
    assert inside(second)["Event"] == "subscribe"
    assert second.query["signature"] == signed("new", second.query["timestamp"], second.query["nonce"])


def test_events_of_one_fan_have_different_times_as_people_are_not_that_quick() -> None:
    stage = Stage()
    for action in ("follow", "unfollow", "follow"):
        stage.act(action)
    times = [one["CreateTime"] for one in stage.receiver.trees]
    assert times == sorted(set(times))
    stage.driver.ways(same_second=True)
    stage.driver.advance(60)
    stage.act("unfollow")
    stage.act("follow")
    first, second = [one["CreateTime"] for one in stage.receiver.trees][-2:]
    assert first == second


def test_the_same_seed_gives_the_same_pushes() -> None:
    def told() -> list[tuple[object, bytes]]:
        stage = Stage("safe")
        for action in ("follow", "unfollow"):
            stage.act(action)
        return [(request.query, request.body) for request in stage.receiver.requests]

    assert told() == told()


def test_a_reset_forgets_pushes_chats_and_faults() -> None:
    stage = Stage()
    stage.driver.push_fault("empty", count=None)
    stage.act("follow")
    stage.driver.reset()
    assert stage.driver.pushes() == []
    stage.driver.account(SERVICE, token=TOKEN, mode="plain", callback_url=URL)
    stage.mulan = stage.driver.person("mulan")
    assert stage.driver.shown(stage.mulan, SERVICE) == []
    assert stage.act("follow").faults == []
    assert stage.receiver.last.body != b""
