"""Whom a record names: its identifiers normalised, without those that cannot be used, and which of them its source vouches for. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from chalicelib.events.limits import Problem, Reason, storable
from chalicelib.events.model import Draft, IdentifierPolicy, Json, Kind, Source
from chalicelib.identifiers import MAX_VALUE_LENGTH, Identifier, IdentifierInvalid, identifier

_CONTACTS: Final = frozenset({"mobile", "email"})  # namespaces that a third party does not vouch for


@dataclass(frozen=True, slots=True)
class Dropped:
    """An identifier that was left out, as it came, and why."""

    namespace: str
    value: str
    reason: str

    def document(self) -> Json:
        """As it is shown in the event's context."""
        return {"namespace": _shown(self.namespace), "value": _shown(self.value), "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Named:
    """Whom a record names: usable identifiers, distinct, strongest first; those it withdraws; those left out."""

    identifiers: tuple[Identifier, ...]
    unlink: tuple[Identifier, ...]
    dropped: tuple[Dropped, ...]


def named(draft: Draft, policy: IdentifierPolicy) -> Named | Problem:
    """The identifiers of a record, or why none can be used. What is withdrawn names the record only if nothing else does."""
    usable, dropped = _sorted_out(draft.identifiers, policy)
    unlink, also_dropped = _sorted_out(draft.unlink, policy)
    named_by = tuple(one for one in usable if one not in unlink) if unlink else usable
    found = Named(named_by or unlink, unlink, (*dropped, *also_dropped))
    if draft.kind is Kind.UNLINK and not unlink:
        return Problem(Reason.UNLINK_MISSING, "the record withdraws no identifier that can be used")
    return found if found.identifiers else _nobody(found.dropped)


def verified(draft: Draft, source: Source, identifiers: Iterable[Identifier]) -> frozenset[str]:
    """The keys that the record vouches for: all, but for a third party's phones and mail addresses, which are what somebody typed there.

    A record may say itself which of these are vouched for.
    """
    vouched = draft.verified if draft.verified is not None else frozenset() if source.third_party else _CONTACTS
    doubted = _CONTACTS - vouched
    return frozenset([one.key for one in identifiers if not doubted or one.base not in doubted])


def _sorted_out(pairs: Sequence[tuple[str, str]], policy: IdentifierPolicy) -> tuple[tuple[Identifier, ...], list[Dropped]]:
    if not pairs:
        return (), []
    usable: set[Identifier] = set()
    dropped: list[Dropped] = []
    for namespace, value in pairs:
        found = _usable(namespace, value, policy)
        if isinstance(found, Identifier):
            usable.add(found)
        else:
            dropped.append(Dropped(namespace, value, found))
    return tuple(sorted(usable, key=lambda one: (-one.strength, one.key))), dropped


def _usable(namespace: str, value: str, policy: IdentifierPolicy) -> Identifier | str:
    """The identifier, or the reason to leave it out."""
    try:
        found = identifier(namespace, value)
    except IdentifierInvalid as invalid:
        return invalid.code
    if not storable(found.value):
        return Reason.IDENTIFIER_INVALID
    if not policy.allows(found.base):
        return Reason.NAMESPACE_UNKNOWN
    return Reason.IDENTIFIER_BLOCKED if policy.is_blocked(found) else found


def _shown(text: str) -> str:
    """What was wrong may have been its length or half a character; neither must make the record unstorable."""
    return text[:MAX_VALUE_LENGTH].encode("utf-8", "replace").decode()


def _nobody(dropped: Iterable[Dropped]) -> Problem:
    reasons = {one.reason for one in dropped if one.value}
    if Reason.IDENTIFIER_BLOCKED in reasons:
        return Problem(Reason.IDENTIFIER_BLOCKED, "every identifier of the record is a filler that identifies nobody")
    if reasons:
        return Problem(min(reasons), f"no identifier of the record can be used: {', '.join(sorted(reasons))}")
    return Problem(Reason.IDENTIFIER_MISSING, "the record names nobody; send at least one identifier")
