"""Delivers pushes as the platform does: three times at most, each time signed anew, and for a minute not at all where too many fail."""

import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from infra.local_wechat import answers
from infra.local_wechat.answers import Answer, Verdict
from infra.local_wechat.breaker import Breaker
from infra.local_wechat.chance import Chance
from infra.local_wechat.chat import CANNOT_SERVE, MINI_CANNOT_SERVE, Chats, Via, Who
from infra.local_wechat.clock import SECOND_MS
from infra.local_wechat.deliveries import Attempt, Delivery, Outcome, Ways, destination
from infra.local_wechat.delivery_faults import ATTEMPTS, DeliveryFault, Effect, FaultBook, spoiling
from infra.local_wechat.envelopes import NONCE_DIGITS, UNSPOILT, Destination, Fresh, Request, delivery, verification
from infra.local_wechat.payloads import Payload, Push, Tree
from infra.local_wechat.reply_checks import Knows
from infra.local_wechat.state import Media
from infra.local_wechat.timers import Timers
from infra.local_wechat.transport import Transport
from infra.local_wechat.unanswered import Fault, Unanswered
from infra.local_wechat.world import World

_ECHO_LENGTH: Final = 19
_DELAY_SECONDS: Final = 5.0
_HELD: Final = frozenset({Effect.DELAYED, Effect.REORDERED})


@dataclass(frozen=True, slots=True)
class Underway:
    """A push on its way: what is kept of it, and what goes wrong."""

    record: Delivery
    push: Push
    fault: DeliveryFault | None = None

    def fault_at(self, number: int) -> DeliveryFault | None:
        """What goes wrong in an attempt."""
        return self.fault if self.fault is not None and number in self.fault.attempts else None


class Deliverer:
    """Pushes for all accounts of a world. `pause` waits for seconds; tests let the clock go on instead.

    Nothing of it may be called inside of a transaction: whoever takes a push may want the world meanwhile.
    """

    def __init__(self, world: World, chats: Chats, timers: Timers, transport: Transport, pause: Callable[[float], None]) -> None:
        self.ways, self.faults, self.breaker = Ways(), FaultBook(), Breaker()
        self.deliveries: list[Delivery] = []
        self.refused_urls: dict[str, str] = {}
        self._world, self._chats, self._timers, self._transport, self._pause = world, chats, timers, transport, pause
        self._held: defaultdict[str, list[Underway]] = defaultdict(list)
        self._last: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()

    def push(self, appid: str, openid: str, payload: Payload) -> Delivery:
        """Delivers a push, and then those that were held back for it."""
        with self._world.transaction() as world:
            account = world.accounts[appid]
            push = Push(payload, account.original_id, openid, self._time(appid, openid, payload))
            record = Delivery(world.order(), appid, openid, payload.event or payload.msg_type, push.tree)
        with self._lock:
            self.deliveries.append(record)
        underway = Underway(record, push, self.faults.hit(appid, push))
        if underway.fault is not None and underway.fault.effect in _HELD:
            self._hold(underway, underway.fault)
            return record
        self._deliver(underway)
        with self._lock:
            held = self._held.pop(appid, [])
        for one in held:
            self._deliver(one)
        return record

    def verify(self, appid: str) -> bool:
        """Checks the callback address of an account as the console does when it is saved; a bad one is not kept."""
        with self._world.transaction() as world:
            account = world.accounts[appid]
            to, fresh, echo = destination(account), _fresh(world), world.chance.text(_ECHO_LENGTH)
        try:
            response = self._transport(verification(to, fresh, echo))
            if response.status != answers.OK or response.body != echo.encode():
                raise Unanswered(Fault.ECHO_WRONG, f"status {response.status}, and not the echostr as the whole body")
        except Unanswered as refused:
            with self._world.transaction():
                account.callback_url = ""
            self.refused_urls[appid] = f"{refused.fault}: {refused.detail}"
            return False
        self.refused_urls.pop(appid, None)
        return True

    def forget(self) -> None:
        """Begins anew."""
        with self._lock:
            self.ways, self.faults, self.breaker = Ways(), FaultBook(), Breaker()
            self.deliveries.clear()
            self.refused_urls.clear()
            self._held.clear()
            self._last.clear()

    def _time(self, appid: str, openid: str, payload: Payload) -> int:
        """`CreateTime`, in seconds: an event's is later than that of the fan's event before, as people do one thing after the other."""
        now, last = self._world.clock.wire_seconds(), self._last.get((appid, openid), 0)
        if payload.event and not self.ways.same_second:
            now = self._last[appid, openid] = max(now, last + 1)
        return now

    def _deliver(self, underway: Underway) -> None:
        record = underway.record
        with self._world.transaction() as world:
            to, now = destination(world.accounts[record.appid]), world.clock.world()
        if not to.url or self.breaker.is_open(record.appid, now):
            record.outcome = Outcome.LOST if to.url else Outcome.NOWHERE
            return
        record.outcome = Outcome.DELIVERED if any(self._attempted(underway, number) for number in ATTEMPTS) else Outcome.FAILED
        failed = record.outcome is Outcome.FAILED
        if not failed and underway.fault is not None and underway.fault.effect is Effect.DUPLICATE:
            self._attempted(underway, len(record.attempts) + 1)
        self.breaker.count(record.appid, failed, self._world.clock.world(), self.ways)
        if failed and answers.takes_reply(underway.push, to):
            self._show(record, Who.PLATFORM, Via.FAILURE, "text", {"Content": MINI_CANNOT_SERVE if to.mini else CANNOT_SERVE})

    def _attempted(self, underway: Underway, number: int) -> bool:
        """Sends once, and shows what was answered; whether that was good. The account may have changed since the attempt before."""
        fault, record = underway.fault_at(number), underway.record
        with self._world.transaction() as world:
            account = world.accounts[record.appid]
            to, fresh, at, now, media = destination(account), _fresh(world), world.clock.wire(), world.clock.world(), dict(account.media)
        old_key = to.keys[1] if len(to.keys) > 1 else b""
        request = delivery(to, underway.push, fresh, spoiling(fault, old_key) if fault else UNSPOILT)
        status, answer = self._answered(request, fault, to, underway.push, lambda one: _usable(media.get(one), now))
        if fault is not None and fault.effect is Effect.ANSWER_LOST:
            self._pause(self.ways.lost_answer_seconds)
            answer = Answer(Verdict.FAILED, fault=Fault.TIMED_OUT, detail="the answer was lost on its way")
        effect = fault.effect if fault else None
        record.attempts.append(Attempt(number, at, answer.verdict, status, answer.fault, answer.detail, effect, answer.reply))
        if answer.verdict is Verdict.REPLIED:
            self._show(record, Who.ACCOUNT, Via.REPLY, str(answer.reply["MsgType"]), answer.reply)
        return answer.verdict is not Verdict.FAILED

    def _answered(
        self, request: Request, fault: DeliveryFault | None, to: Destination, push: Push, knows_media: Knows
    ) -> tuple[int, Answer]:
        """The status of the response, 0 without one, and what it comes to."""
        try:
            if fault is not None and fault.effect is Effect.DOWN:
                raise Unanswered(Fault.UNREACHABLE, "nobody could be reached")
            response = self._transport(request)
        except Unanswered as failed:
            return 0, Answer(Verdict.FAILED, fault=failed.fault, detail=failed.detail)
        return response.status, answers.read(response, to, push, knows_media)

    def _show(self, record: Delivery, who: Who, via: Via, kind: str, content: Tree) -> None:
        self._chats.add(record.appid, record.openid, self._world.clock.wire(), who, via, kind, content)

    def _hold(self, underway: Underway, fault: DeliveryFault) -> None:
        underway.record.outcome = Outcome.HELD
        if fault.effect is Effect.REORDERED:
            with self._lock:
                self._held[underway.record.appid].append(underway)
            return
        due = self._world.clock.world() + round((fault.seconds or _DELAY_SECONDS) * SECOND_MS)
        self._timers.add(due, lambda: self._deliver(underway))


def _fresh(world: World) -> Fresh:
    """Inside of a transaction: chance is the world's."""
    return Fresh(world.clock.wire_seconds(), _nonce(world.chance), world.chance.salt())


def _nonce(chance: Chance) -> str:
    lowest = 10 ** (NONCE_DIGITS - 1)
    return str(lowest + int(chance.fraction() * 9 * lowest))


def _usable(media: Media | None, now: int) -> bool:
    return media is not None and (media.expires is None or media.expires > now)
