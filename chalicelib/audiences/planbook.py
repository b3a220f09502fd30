"""The plan of all rules in force, as it is stored, and the rules compiled from it; both kept in memory for a while.

pk `plan`, sk `current`: the plan, written together with the definition that changes it.   pk `plan`, sk `passed`: up to which version
everybody has been brought up and judged. Both lie in the definitions table.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic
from typing import Final

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist, PutError

from chalicelib.audiences.plans import Plan, from_json, to_json
from chalicelib.audiences.rules import Rules, compile_rules
from chalicelib.definitions.kinds import Writing
from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta
from chalicelib.errors import TooLarge
from chalicelib.settings import settings

KEPT_SECONDS: Final = 20.0
MAX_PLAN_BYTES: Final = 380 * 1024  # deflated; a DynamoDB item holds 400 KB
NO_PLAN: Final = Plan()
_PARTITION: Final = "plan"
_CURRENT: Final = "current"
_PASSED: Final = "passed"


class PlanRecord(StoredItem):
    """The plan: `n` is its version, `z` its JSON, deflated, `at` when it was written (epoch ms)."""

    Meta = meta("definitions")
    pk = UnicodeAttribute(hash_key=True, default=_PARTITION)
    sk = UnicodeAttribute(range_key=True, default=_CURRENT)
    v = NumberAttribute(default=SCHEMA_VERSION)
    n = NumberAttribute()
    z = BinaryAttribute(legacy_encoding=False)
    at = NumberAttribute()


class PassRecord(StoredItem):
    """How far everybody is: `n` is the newest version of the plan for which a pass over all people has ended."""

    Meta = meta("definitions")
    pk = UnicodeAttribute(hash_key=True, default=_PARTITION)
    sk = UnicodeAttribute(range_key=True, default=_PASSED)
    v = NumberAttribute(default=SCHEMA_VERSION)
    n = NumberAttribute()


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """The plan, the version for which a pass over everybody has ended (0: none yet), and when the plan was written (epoch ms)."""

    plan: Plan
    passed: int
    at: int


@dataclass(slots=True)
class _Kept:
    plan: Plan
    until: float
    rules: Rules | None = None


_plans: list[_Kept] = []
_passes: list[tuple[float, int]] = []


def current_plan(at_least: int = 0) -> Plan:
    """The plan in force, at most 20 s old, and not older than the version `at_least`. Version 0, with nothing in it, is the first."""
    return _current(at_least).plan


def current_rules(at_least: int = 0) -> Rules:
    """The rules of the plan in force, with the stage's time scale. As old as `current_plan`."""
    kept = _current(at_least)
    if kept.rules is None:
        kept.rules = compile_rules(kept.plan, settings().time_scale)
    return kept.rules


def newest() -> Plan:
    """The plan that is stored at this moment."""
    return _plan_of(_plan_record(consistent=True))


def stored() -> StoredPlan:
    """What is stored at this moment, with how far the passes are."""
    record = _plan_record(consistent=True)
    passed = _passed(consistent=True)
    return StoredPlan(_plan_of(record), passed, int(record.at)) if record else StoredPlan(NO_PLAN, passed, 0)


def finished(version: int) -> bool:
    """Whether everybody has been brought up to that version of the plan. At most 20 s late."""
    return bool(_passes and _passes[0][1] >= version) or passed() >= version


def passed() -> int:
    """The newest version of the plan up to which everybody has been brought. At most 20 s late."""
    if not _passes or monotonic() >= _passes[0][0]:
        _passes[:] = [(monotonic() + KEPT_SECONDS, _passed(consistent=False))]
    return _passes[0][1]


def mark_passed(version: int) -> None:
    """Says that a pass for that version of the plan has ended. Never goes back to an older one."""
    _passes.clear()
    try:
        PassRecord(n=version).save(condition=PassRecord.n.does_not_exist() | (PassRecord.n < version))
    except PutError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise


def writes(before: Plan, after: Plan, at: int) -> Callable[[Writing], None]:
    """Adds the next plan to a transaction, provided that `before` is still the one in force. Raises TooLarge."""
    packed = zlib.compress(to_json(after).encode())
    if len(packed) > MAX_PLAN_BYTES:
        raise TooLarge("all definitions in force together would be too large; archive what nobody needs")
    same = PlanRecord.n == before.version if before.version else PlanRecord.pk.does_not_exist()

    def write(writing: Writing) -> None:
        writing.save(PlanRecord(n=after.version, z=packed, at=at), condition=same)
        forget()

    return write


def forget() -> None:
    """Read everything anew at the next use."""
    _plans.clear()
    _passes.clear()


def _current(at_least: int) -> _Kept:
    now, kept = monotonic(), _plans[0] if _plans else None
    if kept is not None and now < kept.until and kept.plan.version >= at_least:
        return kept
    record = _plan_record(consistent=at_least > 0)
    # A read that is not consistent may find less than the one before.
    if kept is None or (record is not None and int(record.n) > kept.plan.version):
        kept = _Kept(_plan_of(record), now)
        _plans[:] = [kept]
    kept.until = now + KEPT_SECONDS
    return kept


def _plan_of(record: PlanRecord | None) -> Plan:
    if record is None:
        return NO_PLAN
    plan = from_json(zlib.decompress(record.z).decode())
    return replace(plan, signals=replace(plan.signals, pace=settings().pace))


def _plan_record(*, consistent: bool) -> PlanRecord | None:
    try:
        return PlanRecord.get(_PARTITION, _CURRENT, consistent_read=consistent)
    except DoesNotExist:
        return None


def _passed(*, consistent: bool) -> int:
    try:
        return int(PassRecord.get(_PARTITION, _PASSED, consistent_read=consistent).n)
    except DoesNotExist:
        return 0
