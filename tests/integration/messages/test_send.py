"""The sending lambdas: each message of a batch by itself, what waits stays in its queue, what is spoilt is buried with the reason."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from threading import Barrier
from typing import Any, Final

import pytest

from chalicelib.channels import rates, sms
from chalicelib.channels.channel import Parcel, channel_of
from chalicelib.dispatch import grouping, sending
from chalicelib.dispatch.sending import Done, Later
from chalicelib.entrypoints import send as entrypoint
from chalicelib.entrypoints import sending_hides
from chalicelib.entrypoints.send import LONGEST_MS, SPOILT_AFTER, send
from chalicelib.entrypoints.sending_hides import ANEW_AFTER, LONGEST_SECONDS, seconds_of
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Outcome, Reason, Result
from infra.mappings import SEND_SMS
from infra.paths import ROOT
from tests.support.aws import Stack, forget_caches
from tests.support.deliveries import Context, Payload
from tests.support.messages import Office, open_office

SMS: Final = ChannelName.SMS
SECOND: Final = 1000


@dataclass
class Phones:
    """A provider of SMS that says what it is told to say."""

    name: ChannelName = SMS
    minute: int | None = None
    answers: Callable[[Parcel], Outcome] = lambda _: Outcome(Result.SENT, provider_id="1")
    got: list[str] = field(default_factory=list)

    def send(self, parcel: Parcel, now: int) -> Outcome:
        self.got.append(parcel.id)
        return self.answers(parcel)

    def key_lives_ms(self, parcel: Parcel) -> int:
        return 0

    def draw_key(self, parcel: Parcel, now: int) -> str:
        return ""

    def look_up(self, parcel: Parcel, sent_at: int, now: int) -> None:
        return None

    def per_minute(self, account: str) -> int | None:
        return self.minute

    def per_day(self, account: str) -> int | None:
        return None


@pytest.fixture
def phones(office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[Phones]:
    phones = Phones()
    monkeypatch.setattr(sms, "CHANNEL", phones)
    forget_caches()
    yield phones
    channel_of.cache_clear()


@pytest.fixture
def office(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Office:
    office = open_office(stack, monkeypatch)
    office.clock.install(monkeypatch, entrypoint)
    office.template()
    office.ring.pump.queue(SEND_SMS, partial(send, "sms"))
    return office


def _asked(office: Office, people: int) -> list[str]:
    ids = []
    for number in range(people):
        office.person(mobile=f"1391234567{number}")
        office.ring.flow()
        ids.append(office.ask("mobile", f"1391234567{number}", key=str(number)))
    return ids


def _where(office: Office, ids: list[str]) -> list[str]:
    return [office.find(one).state.value for one in ids]


def test_what_is_queued_is_sent_once(office: Office, phones: Phones) -> None:
    ids = _asked(office, 3)
    office.flow()
    assert sorted(phones.got) == sorted(ids)
    assert _where(office, ids) == ["sent"] * 3


def test_what_an_account_has_no_call_for_waits_in_the_queue_until_it_has(office: Office, phones: Phones) -> None:
    phones.minute = 60
    ids = _asked(office, 3)
    office.flow()
    assert sorted(_where(office, ids)) == ["queued", "queued", "sent"]
    for _ in range(4):
        office.later(2 * SECOND)
    assert _where(office, ids) == ["sent"] * 3
    assert len(phones.got) == 3


def test_messages_of_a_misconfigured_account_wait_and_go_out_when_it_is_repaired(office: Office, phones: Phones) -> None:
    phones.answers = lambda _: Outcome(Result.MISCONFIGURED, Reason.CREDENTIALS_REFUSED)
    ids = _asked(office, 2)
    office.flow()
    assert _where(office, ids) == ["queued"] * 2
    assert rates.state_of(SMS, "aliyun").guard.reason == "credentials_refused"
    phones.answers = lambda _: Outcome(Result.SENT)
    for _ in range(4):
        office.later(200 * SECOND)
    assert _where(office, ids) == ["sent"] * 2


def test_a_message_whose_account_is_known_to_be_shut_is_not_even_read(
    office: Office, phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    phones.minute = 60
    assert [rates.admit(SMS, "aliyun", office.clock.now) is None for _ in range(2)] == [True, False]
    monkeypatch.setattr(sending, "carry_out", None)
    answer = _given("sms", {"id": "m1", "attempt": 0, "account": "aliyun"})
    assert answer == {"batchItemFailures": [{"itemIdentifier": "0"}]}


def test_a_message_that_expires_while_its_account_is_paused_is_refused_in_time(office: Office, phones: Phones) -> None:
    office.person(mobile="13912345670")
    office.flow()
    now = office.clock.now
    rates.pause(SMS, "aliyun", now + 7 * 24 * 3600 * SECOND, "by_hand", now)
    message = office.ask("mobile", "13912345670", expires=now + 600 * SECOND)
    office.flow()
    assert _where(office, [message]) == ["queued"]
    office.later(900 * SECOND)
    assert office.find(message).reason == "expired"
    assert phones.got == []


# ---- the batch, with the ledger played ----


def _record(number: int, body: Any, receives: int = 1) -> Payload:
    text = body if isinstance(body, str) else json.dumps(body)
    return {"messageId": str(number), "body": text, "attributes": {"ApproximateReceiveCount": str(receives)}}


def _given(channel: str, *bodies: Any, receives: int = 1, context: Any = None) -> Payload:
    records = [_record(number, body, receives) for number, body in enumerate(bodies)]
    return send(channel, {"Records": records}, context or Context(f"send_{channel}", "r1"))


@dataclass
class Line:
    """The channels' queues: what was put into them, by queue, body and delay. `full`: they take nothing."""

    full: bool = False
    put: list[tuple[str, Payload, int]] = field(default_factory=list)

    def send_message_batch(self, **given: Any) -> Payload:
        """As SQS does."""
        entries = given["Entries"]
        if self.full:
            return {"Failed": [{"Id": one["Id"], "Message": "throttled"} for one in entries]}
        queue = given["QueueUrl"].rpartition("-")[2]
        self.put.extend((queue, json.loads(one["MessageBody"]), one["DelaySeconds"]) for one in entries)
        return {"Successful": [{"Id": one["Id"]} for one in entries]}


@pytest.fixture
def line(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Line:
    line = Line()
    monkeypatch.setattr(sending_hides, "_queue_client", lambda: line)
    return line


def _failed(answer: Payload) -> list[str]:
    return [one["itemIdentifier"] for one in answer["batchItemFailures"]]


def test_one_message_that_raises_holds_up_no_other(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    def carry_out(message: str, *_: Any) -> Done:
        if message == "bad":
            raise RuntimeError("the store is away")
        return Done(None)

    monkeypatch.setattr(sending, "carry_out", carry_out)
    assert _failed(_given("sms", {"id": "a", "attempt": 0}, {"id": "bad", "attempt": 0}, {"id": "c", "attempt": 0})) == ["1"]


def test_the_messages_of_a_batch_are_sent_side_by_side(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    together = Barrier(10, timeout=5)

    def carry_out(*_: Any) -> Done:
        together.wait()  # raises unless all ten come
        return Done(None)

    monkeypatch.setattr(sending, "carry_out", carry_out)
    assert _failed(_given("sms", *({"id": str(one), "attempt": 0} for one in range(10)))) == []


@pytest.mark.parametrize("body", ["no json", "[]", '{"id": "m1"}', "null", '{"id": "m1", "attempt": "x"}'])
def test_a_message_that_nobody_understands_is_buried_with_the_reason(body: str, stack: Stack) -> None:
    assert _failed(_given("sms", body)) == []
    [letter] = stack.messages("dead-letters")
    assert json.loads(letter)["function"] == "send_sms"
    assert body in json.loads(letter)["reason"]


def test_a_spoilt_message_gets_some_tries_and_is_buried(stack: Stack, line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    def carry_out(*_: Any) -> Done:
        raise ValueError("no such state: snet")

    monkeypatch.setattr(sending, "carry_out", carry_out)
    body: Payload = {"id": "m1", "attempt": 2}
    for stumbles in range(1, SPOILT_AFTER):
        assert _failed(_given("sms", body, receives=700)) == []  # to have waited is no stumble
        assert stack.messages("dead-letters") == []
        [(queue, body, _)] = line.put
        assert (queue, body["id"], body["attempt"], body["stumbles"]) == ("sms", "m1", 2, stumbles)
        line.put.clear()
    assert _failed(_given("sms", body)) == []
    assert line.put == []
    [letter] = stack.messages("dead-letters")
    assert json.loads(letter) == {"function": "send_sms", "pk": "m1", "sk": "2", "reason": "ValueError: no such state: snet"}


class Dying(Context):
    """A lambda whose time is nearly over."""

    def get_remaining_time_in_millis(self) -> int:
        return LONGEST_MS - 1


def test_a_channel_does_not_pay_at_its_start_for_what_only_mass_messages_need() -> None:
    program = "import sys, chalicelib.entrypoints.send; print(*(name for name in sys.modules if 'mass' in name or 'tagging' in name))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []


@pytest.mark.parametrize("channel", ["sms", "mass"])
def test_nothing_is_begun_that_the_lambda_may_not_live_to_end(channel: str, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "carry_out", None)
    monkeypatch.setattr(grouping, "carry_out_group", None)
    assert _failed(_given(channel, {"id": "m1", "attempt": 0}, context=Dying(f"send_{channel}", "r1"))) == ["0"]


def test_mass_messages_go_as_a_whole_batch(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[tuple[str, int]]] = []

    def carry_out_group(dues: list[tuple[str, int]], *_: Any) -> dict[str, Done | Later]:
        seen.append(list(dues))
        return {message: Later(1) if message == "m1" else Done(None) for message, _ in dues}

    monkeypatch.setattr(grouping, "carry_out_group", carry_out_group)
    assert _failed(_given("mass", *({"id": f"m{one}", "attempt": 0} for one in range(3)))) == ["1"]
    assert seen == [[("m0", 0), ("m1", 0), ("m2", 0)]]


def test_a_spoilt_mass_message_lets_the_others_of_its_batch_go(stack: Stack, line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    gone: list[str] = []

    def carry_out_group(dues: list[tuple[str, int]], *_: Any) -> dict[str, Done | Later]:
        if any(message == "m2" for message, _ in dues):
            raise ValueError("no such state")
        gone.extend(message for message, _ in dues)
        return {message: Done(None) for message, _ in dues}

    monkeypatch.setattr(grouping, "carry_out_group", carry_out_group)
    assert _failed(_given("mass", *({"id": f"m{one}", "attempt": 0} for one in range(5)))) == []
    assert sorted(gone) == ["m0", "m1", "m3", "m4"]
    assert [(queue, body["id"]) for queue, body, _ in line.put] == [("mass", "m2")]


def test_a_message_that_everybody_stumbles_over_ends_as_failed_and_gives_its_place_back(
    office: Office, phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phones, "key_lives_ms", _stumble)
    [message] = _asked(office, 1)
    for _ in range(SPOILT_AFTER):
        office.later(60 * SECOND)
    found = office.find(message)
    assert (found.state.value, found.reason) == ("failed", "spoilt")
    assert phones.got == []


def test_what_was_being_sent_when_everybody_stumbled_is_unknown_and_not_claimed_for_ever(
    office: Office, phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    phones.answers = _stumble
    monkeypatch.setattr(phones, "key_lives_ms", lambda _: 24 * 3600 * SECOND)
    [message] = _asked(office, 1)
    for _ in range(12):
        office.later(100 * SECOND)
    found = office.find(message)
    assert (found.state.value, found.reason) == ("unknown", "spoilt")


def test_a_message_that_cannot_be_given_up_now_stays_in_the_queue(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any) -> None:
        raise RuntimeError("the store is away")

    monkeypatch.setattr(sending, "carry_out", _stumble)
    monkeypatch.setattr(sending, "give_up", away)
    assert _failed(_given("sms", {"id": "m1", "attempt": 0, "stumbles": SPOILT_AFTER - 1})) == ["0"]
    assert stack.messages("dead-letters") == []


def _stumble(*_: Any) -> Any:
    raise ValueError("no such thing")


# ---- to wait is to be received, and the queue counts that ----


@pytest.mark.parametrize(("receives", "due_in", "seconds"), [(ANEW_AFTER, 20, 20), (ANEW_AFTER + 400, 7 * 24 * 3600, LONGEST_SECONDS)])
def test_a_message_that_has_waited_often_is_put_in_anew(
    receives: int, due_in: int, seconds: int, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entrypoint, "_now", lambda: 1_000)
    monkeypatch.setattr(sending, "carry_out", lambda *_: Later((1 + due_in) * SECOND))
    body = {"id": "m1", "attempt": 3, "account": "aliyun"}
    assert _failed(_given("sms", body, receives=receives)) == []
    assert line.put == [("sms", body, seconds)]


def test_a_message_that_has_waited_seldom_stays_where_it_is(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "carry_out", lambda *_: Later(1))
    assert _failed(_given("sms", {"id": "m1", "attempt": 0}, receives=ANEW_AFTER - 1)) == ["0"]
    assert line.put == []


def test_what_fails_at_a_fault_is_given_up_by_the_queue_some_day(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    def carry_out(*_: Any) -> Done:
        raise RuntimeError("access denied")

    monkeypatch.setattr(sending, "carry_out", carry_out)
    assert _failed(_given("sms", {"id": "m1", "attempt": 0}, receives=900)) == ["0"]
    assert line.put == []


def test_what_the_queue_does_not_take_anew_stays_in_it(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    line.full = True
    monkeypatch.setattr(sending, "carry_out", lambda *_: Later(1))
    assert _failed(_given("sms", {"id": "m1", "attempt": 0}, receives=ANEW_AFTER)) == ["0"]


@pytest.mark.parametrize("channel", ChannelName)
def test_each_lambda_that_sends_may_put_into_its_own_queue(channel: ChannelName) -> None:
    policy = json.loads((ROOT / f".chalice/policies/send_{channel.value}.json").read_text())
    [own] = [one for one in policy["Statement"] if one["Sid"] == "Take"]
    assert "sqs:SendMessage" in own["Action"]
    assert own["Resource"].endswith(f"-send-{channel.value.replace('_', '-')}")


@pytest.mark.parametrize(
    ("due_in", "seconds"), [(-5, 1), (0, 1), (1, 1), (1_000, 1), (1_001, 2), (90_000, 90), (365 * 86_400_000, LONGEST_SECONDS)]
)
def test_a_message_is_hidden_for_whole_seconds_and_no_longer_than_the_queue_can(due_in: int, seconds: int) -> None:
    assert seconds_of(1_000_000 + due_in, 1_000_000) == seconds
