"""However the deliveries of pushes interleave, get lost, double or lose their answers: one event for each push, and a reply only where no
other can have been shown: WeChat sends a push again when it has had no answer for five seconds, and copies come sooner.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, pairwise
from typing import Final
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import app as application
from chalicelib.definitions import store as definitions
from chalicelib.events.store import events_of
from chalicelib.replies import book, publishing
from chalicelib.wechat import connected, secrets, xmltext
from chalicelib.wechat.accounts import KIND
from chalicelib.wechat.secrets import Secret
from tests.support.aws import memory_stack
from tests.support.gateway import Gateway
from tests.unit.wechat import samples
from tests.unit.wechat.samples import APPID, ENCODING_KEY, NOW, TOKEN

RETRY_MS: Final = 5_000  # between the attempts of the platform
COPIES_MS: Final = 4_500  # what comes sooner after an answer is no retry
ATTEMPTS: Final = 3
ANSWERS: Final = {"text": "裙装新款", "follow": "欢迎"}
_fans: Final = count(1)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What becomes of one attempt: it arrives `late` ms after it was made or not at all, its answer comes back or not, and a copy of it
    arrives `copy` ms after the platform made it, if that is not None.
    """

    arrives: bool
    answer_comes: bool
    late: int
    copy: int | None


ATTEMPT: Final = st.builds(Attempt, st.booleans(), st.booleans(), st.integers(0, 4_000), st.none() | st.integers(0, 12_000))
PUSH: Final = st.tuples(st.sampled_from(sorted(ANSWERS)), st.lists(ATTEMPT, min_size=ATTEMPTS, max_size=ATTEMPTS), st.integers(0, 20_000))


@dataclass(slots=True)
class Sent:
    """A push on its way, as the platform sees it. An answer that comes back ends the attempts; `replies` are all that were made, with the
    times (ms) that they were asked for at.
    """

    kind: str
    body: bytes
    at: int
    attempts: list[Attempt]
    shown: list[str] = field(default_factory=list)
    replies: list[tuple[int, str]] = field(default_factory=list)
    answered: bool = False
    arrived: bool = False


class Platform:
    """Makes the attempts of several pushes in the order of time."""

    def __init__(self) -> None:
        self.gateway = Gateway(application.app)
        self._salts = count(1)

    def carry(self, pushes: list[Sent]) -> None:
        """Every arrival in its order: of attempts that the platform still makes when their time has come, and of copies."""
        arrivals = [
            (one.at + number * RETRY_MS + delay, place, number, real)
            for place, one in enumerate(pushes)
            for number, attempt in enumerate(one.attempts)
            for delay, real in ((attempt.late if attempt.arrives else None, True), (attempt.copy, False))
            if delay is not None
        ]
        made: dict[tuple[int, int], bool] = {}
        for at, place, number, real in sorted(arrivals):
            one = pushes[place]
            # The platform makes an attempt when the one before has not been answered within its time.
            if made.setdefault((place, number), not one.answered):
                self._arrive(one, one.attempts[number], number, at, real)

    def _arrive(self, one: Sent, attempt: Attempt, number: int, at: int, real: bool) -> None:
        answer = self._deliver(one, number, at)
        one.arrived = True
        said = [] if answer == b"success" else [content(answer)]
        one.replies += [(at, text) for text in said]
        if real and attempt.answer_comes and not one.answered:
            one.answered = True
            one.shown += said

    def _deliver(self, one: Sent, number: int, at: int) -> bytes:
        """Signed and encrypted anew for each attempt."""
        encrypt = samples.sealed(one.body, salt=next(self._salts).to_bytes(16, "big"))
        query = samples.safe_query(encrypt, (one.at + number * RETRY_MS) // 1000, str(number))
        self.gateway.now = at
        reply = self.gateway.call("POST", f"/wechat/{APPID}?{urlencode(query)}", samples.safe_body(encrypt))
        assert reply.status == 200
        return reply.body


def content(answer: bytes) -> str:
    """The text that the fan would see."""
    inner, _ = samples.opened(xmltext.parse(answer)["Encrypt"])
    return str(xmltext.parse(inner)["Content"])


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    with memory_stack() as stack:
        assert stack
        secrets.put(APPID, Secret.TOKEN, [TOKEN])
        secrets.put(APPID, Secret.AES_KEY, [ENCODING_KEY])
        put(KIND, APPID, {"type": "service", "mode": "safe"})
        put(
            publishing.KIND,
            "dresses",
            {"account": APPID, "on": "text", "words": {"contains": ["裙装"]}, "send": [{"text": ANSWERS["text"]}]},
        )
        put(publishing.KIND, "welcome", {"account": APPID, "on": "follow", "send": [{"text": ANSWERS["follow"]}]})
        connected.forget()
        yield Platform()


def put(kind: str, name: str, document: dict[str, object]) -> None:
    definitions.draft(kind, name, document, by="test", at=NOW)
    definitions.publish(kind, name, by="test", at=NOW)
    book.forget()


def push_of(kind: str, fan: str, number: int, at: int) -> bytes:
    if kind == "text":
        inside = f"<Content>裙装</Content><MsgId>{abs(hash(fan)) % 10**9}{number}</MsgId>"
        return samples.body("text", inside=inside, sender=fan, at=at // 1000)
    return samples.body("event", "subscribe", "<EventKey></EventKey>", sender=fan, at=at // 1000)


@given(st.lists(PUSH, min_size=1, max_size=4))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_event_and_one_reply_until_it_is_sure_to_be_lost(platform: Platform, pushes: list[tuple[str, list[Attempt], int]]) -> None:
    fan = f"oFan-{next(_fans)}"
    begins = [NOW + after + place * 1000 for place, (_, _, after) in enumerate(pushes)]  # no two of a fan in one second
    begins = [at for place, at in enumerate(begins) if at // 1000 not in {other // 1000 for other in begins[:place]}]
    sent = [
        Sent(kind, push_of(kind, fan, place, at), at, attempts)
        for place, (at, (kind, attempts, _)) in enumerate(zip(begins, pushes, strict=False))
    ]
    platform.carry(sent)
    names = Counter(row.name for row in events_of(f"openid:{APPID}#{fan}").rows)
    arrived = Counter(one.kind for one in sent if one.arrived)
    assert (names["WechatTextSent"], names["WechatSubscribed"]) == (arrived["text"], arrived["follow"])
    for one in sent:
        assert {text for _, text in one.replies} <= {ANSWERS[one.kind]}
        assert all(later - earlier >= COPIES_MS for (earlier, _), (later, _) in pairwise(one.replies))
        assert one.replies or not one.arrived


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_the_reply_comes_with_the_first_answer_that_is_not_lost(platform: Platform, lost: int) -> None:
    fan = f"oFan-{next(_fans)}"
    attempts = [Attempt(True, number >= lost, 0, None) for number in range(ATTEMPTS)]
    sent = Sent("text", push_of("text", fan, 1, NOW), NOW, attempts)
    platform.carry([sent])
    assert (sent.shown, len(sent.replies)) == ([ANSWERS["text"]], lost + 1)
