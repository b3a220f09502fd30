"""What is known of an account's menus on the platform, in the table of accounts: pk `<appid>`, sk `menu`.

Every write is made by the worker that holds the item's lease, which is the message that it works for.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist, UpdateError
from pynamodb.expressions.condition import Condition

from chalicelib.definitions.records import whole
from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta
from chalicelib.menus.diffing import Made

MENU: Final = "menu"
LEASE_MS: Final = 150_000  # the lambda's time, and some for clocks that differ
_REFUSED: Final = "ConditionalCheckFailedException"


class State(StrEnum):
    """How the platform's menus stand to the definition."""

    APPLIED = "applied"
    WAITING = "waiting"  # for a limit of the platform to end, or for another try
    FAILED = "failed"  # until somebody mends what is wrong


class LeaseLost(Exception):
    """Another worker has taken the account over."""


class MenuRecord(StoredItem):
    """Times are epoch ms; `menus` and `fault` are JSON; `name` and `n` tell the definition and version that were applied last."""

    Meta = meta("wechat")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=MENU)
    v = NumberAttribute(default=SCHEMA_VERSION)
    holder = UnicodeAttribute(null=True)
    until = NumberAttribute(default=0)
    owned = BooleanAttribute(null=True)
    made = UnicodeAttribute(null=True)
    shown = UnicodeAttribute(null=True)
    menus = UnicodeAttribute(null=True)
    state = UnicodeAttribute(null=True)
    name = UnicodeAttribute(null=True)
    n = NumberAttribute(null=True)
    applied_at = NumberAttribute(null=True)
    tried_at = NumberAttribute(null=True)
    fault = UnicodeAttribute(null=True)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why something could not be applied: the platform's number, its meaning, the interface, and the platform's number of the call."""

    number: int
    meaning: str
    api: str
    rid: str = ""


@dataclass(frozen=True, slots=True)
class Applied:
    """What is known of an account's menus.

    `owned`: they were made here, or may have been. `made`: the fingerprint of the menu for everybody as it was sent, `shown`: as the
    platform gave it back. `menus`: the personal ones, the oldest first. `name` and `version`: the definition that was applied last, at
    `applied_at`.
    """

    owned: bool = False
    made: str = ""
    shown: str = ""
    menus: tuple[Made, ...] = ()
    state: State | None = None
    name: str = ""
    version: int = 0
    applied_at: int | None = None
    tried_at: int | None = None
    fault: Fault | None = None


def applied(appid: str) -> Applied:
    """What is known of an account's menus. Strongly consistent."""
    try:
        return _applied(MenuRecord.get(appid, MENU, consistent_read=True))
    except DoesNotExist:
        return Applied()


def take(appid: str, message: str, now: int) -> Applied | None:
    """Claims an account for a message; None while another's worker has it. The same message may take it again: its worker has died."""
    free = MenuRecord.holder.does_not_exist() | (MenuRecord.holder == message) | (MenuRecord.until < now)
    actions = [MenuRecord.holder.set(message), MenuRecord.until.set(now + LEASE_MS), MenuRecord.tried_at.set(now)]
    found = _changed(appid, actions, free)
    return None if found is None else _applied(found)


def note_owned(appid: str, message: str) -> None:
    """Notes that a menu is about to be made: from now on it is ours to delete. Raises LeaseLost."""
    _held(appid, message, [MenuRecord.owned.set(True)])


def note_everybodys(appid: str, message: str, made: str, shown: str) -> None:
    """Notes the menu for everybody, "" when it was deleted. Raises LeaseLost."""
    _held(appid, message, [MenuRecord.owned.set(bool(made)), MenuRecord.made.set(made), MenuRecord.shown.set(shown)])


def note_personal(appid: str, message: str, menus: Sequence[Made]) -> None:
    """Notes the personal menus, the oldest first. Raises LeaseLost."""
    _held(appid, message, [MenuRecord.menus.set(json.dumps([[one.id, one.fingerprint] for one in menus]))])


def release(appid: str, message: str, state: State, fault: Fault | None) -> None:
    """Gives the account back, with how it ended. Raises LeaseLost."""
    kept = MenuRecord.fault.set(_text(fault)) if fault else MenuRecord.fault.remove()
    _held(appid, message, [MenuRecord.state.set(state.value), MenuRecord.holder.remove(), kept])


def note_applied(appid: str, message: str, name: str, version: int, now: int) -> None:
    """Notes the definition that the platform's menus are made from; "" and 0 for none. Raises LeaseLost."""
    _held(appid, message, [MenuRecord.name.set(name), MenuRecord.n.set(version), MenuRecord.applied_at.set(now)])


def _held(appid: str, message: str, actions: list[Any]) -> None:
    if _changed(appid, actions, MenuRecord.holder == message) is None:
        raise LeaseLost(f"the menus of {appid} were taken over by another worker")


def _changed(appid: str, actions: list[Any], condition: Condition) -> MenuRecord | None:
    record = MenuRecord(pk=appid)
    try:
        record.update(actions=actions, condition=condition)
    except UpdateError as error:
        if error.cause_response_code != _REFUSED:
            raise
        return None
    return record


def _text(fault: Fault) -> str:
    return json.dumps({"number": fault.number, "meaning": fault.meaning, "api": fault.api, "rid": fault.rid}, ensure_ascii=False)


def _applied(record: MenuRecord) -> Applied:
    return Applied(
        owned=bool(record.owned),
        made=record.made or "",
        shown=record.shown or "",
        menus=tuple(Made(*one) for one in json.loads(record.menus or "[]")),
        state=State(record.state) if record.state else None,
        name=record.name or "",
        version=whole(record.n) or 0,
        applied_at=whole(record.applied_at),
        tried_at=whole(record.tried_at),
        fault=Fault(**json.loads(record.fault)) if record.fault else None,
    )
