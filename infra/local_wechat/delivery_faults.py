"""What may go wrong with a push on its way, on demand: each fault by its name, and which pushes and attempts it hits."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from infra.local_wechat.envelopes import UNSPOILT, Request, Spoiling, slowly
from infra.local_wechat.payloads import Push
from infra.local_wechat.routes import Nonsense
from infra.local_wechat.state import Form

ATTEMPTS: Final = (1, 2, 3)
_STALE_SECONDS: Final = 3600
_SLOW_SECONDS: Final = 3.0
_CUT: Final = 7  # letters; what is left is no base64
_ENTITIES: Final = '<!DOCTYPE xml [<!ENTITY a "boom"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


class Effect(StrEnum):
    """How a delivery is spoilt."""

    DUPLICATE = "duplicate"  # delivered once more although the answer was good, and that answer is shown too
    ANSWER_LOST = "answer_lost"  # the answer is not received: delivered again after the time-out
    DOWN = "down"  # nobody can be reached: nothing is sent
    DELAYED = "delayed"  # delivered `seconds` of the world later
    REORDERED = "reordered"  # held back until after the account's next push
    WRONG_SIGNATURE = "wrong_signature"  # every signature is wrong
    PLAIN_SIGNATURE_ONLY = "plain_signature_only"  # `signature` is right, `msg_signature` is not: a replay with another body
    FOREIGN_APPID = "foreign_appid"  # sealed for another account
    STALE_TIMESTAMP = "stale_timestamp"  # signed an hour ago
    TRUNCATED = "truncated"  # the base64 of `Encrypt` ends early
    EMPTY = "empty"  # a body of 0 bytes
    DOCTYPE = "doctype"  # a document type with entities
    UNKNOWN_EVENT = "unknown_event"
    UNKNOWN_TYPE = "unknown_type"
    JSON_IN_XML = "json_in_xml"
    SLOW = "slow"  # the body trickles in, over `seconds`
    OLD_KEY = "old_key"  # sealed with the key before the newest, as around its replacement


@dataclass(frozen=True, slots=True)
class DeliveryFault:
    """A fault and what it hits: pushes of an account, to or from a fan, of an event or message type ("" hits all), and attempts.

    `skip` pushes go well before `count` are hit; None hits all further ones.
    """

    effect: Effect
    appid: str = ""
    openid: str = ""
    event: str = ""
    attempts: tuple[int, ...] = ATTEMPTS
    skip: int = 0
    count: int | None = 1
    seconds: float = 0.0

    def hits(self, appid: str, push: Push) -> bool:
        """Whether a push is one of those meant."""
        name = push.payload.event or push.payload.msg_type
        return self.appid in {"", appid} and self.openid in {"", push.openid} and self.event.lower() in {"", name.lower()}


def spoiling(fault: DeliveryFault, old_key: bytes = b"") -> Spoiling:
    """What the fault changes in an attempt. `old_key` is for `OLD_KEY`, and left alone where there is none."""
    if fault.effect is Effect.OLD_KEY:
        return replace(UNSPOILT, key=old_key)
    if fault.effect is Effect.SLOW:
        return replace(UNSPOILT, request=lambda request: slowly(request, fault.seconds or _SLOW_SECONDS))
    return _SPOILING.get(fault.effect, UNSPOILT)


def _swapped(signature: str) -> str:
    """Another signature of the same look."""
    return signature[1:] + signature[:1]


def _declared(text: str) -> str:
    """The text with entities declared, and one used inside."""
    return f"{_ENTITIES}{text.replace('<xml>', '<xml><Note>&b;</Note>', 1)}"


def _emptied(request: Request) -> Request:
    return replace(request, body=b"")


_SPOILING: Final[Mapping[Effect, Spoiling]] = {
    Effect.WRONG_SIGNATURE: Spoiling(signed=_swapped, plain_signed=_swapped),
    Effect.PLAIN_SIGNATURE_ONLY: Spoiling(signed=_swapped),
    Effect.FOREIGN_APPID: Spoiling(appid="wx0000000000000000"),
    Effect.STALE_TIMESTAMP: Spoiling(age=_STALE_SECONDS),
    Effect.TRUNCATED: Spoiling(encrypt=lambda encrypt: encrypt[:-_CUT]),
    Effect.EMPTY: Spoiling(request=_emptied),
    Effect.DOCTYPE: Spoiling(text=_declared),
    Effect.UNKNOWN_EVENT: Spoiling(push=lambda push: push.with_fields(MsgType="event", Event="some_event_of_next_year")),
    Effect.UNKNOWN_TYPE: Spoiling(push=lambda push: push.with_fields(MsgType="hologram")),
    Effect.JSON_IN_XML: Spoiling(form=Form.JSON),
}


class FaultBook:
    """The faults in force, and how often each has hit. Any thread may ask."""

    def __init__(self) -> None:
        self._faults: list[DeliveryFault] = []
        self._seen: Counter[int] = Counter()
        self._lock = threading.Lock()

    def add(self, fault: DeliveryFault) -> None:
        """Puts a fault in force, after the others."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            self._faults.clear()
            self._seen.clear()

    def hit(self, appid: str, push: Push) -> DeliveryFault | None:
        """The first fault that hits the push, counted."""
        with self._lock:
            for number, fault in enumerate(self._faults):
                if fault.hits(appid, push):
                    self._seen[number] += 1
                    turn = self._seen[number] - fault.skip
                    if turn > 0 and (fault.count is None or turn <= fault.count):
                        return fault
        return None


def read_fault(document: Mapping[str, Any]) -> DeliveryFault:
    """A fault as the admin API takes it. Raises Nonsense."""
    try:
        attempts = tuple(int(one) for one in document.get("attempts", ATTEMPTS))
        known = {name: value for name, value in document.items() if name not in {"effect", "attempts"}}
        return DeliveryFault(Effect(document.get("effect", "")), attempts=attempts, **known)
    except (TypeError, ValueError) as wrong:
        raise Nonsense(f"a fault of deliveries has effect ({', '.join(Effect)}) and may have {_FIELDS}: {wrong}") from wrong


_FIELDS: Final = "appid, openid, event, attempts, skip, count, seconds"
