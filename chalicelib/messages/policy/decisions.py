"""What is decided of a message, with everything that was looked at. Pure."""

from dataclasses import dataclass, field
from enum import StrEnum

from chalicelib.events.model import Json
from chalicelib.messages.policy.model import Route
from chalicelib.messages.policy.sends import Use


class Reason(StrEnum):
    """Why a message does not go out, or not now. The values are stable."""

    # Of the message itself.
    NO_ROUTE = "no_route"
    OUTCOME_UNKNOWN = "outcome_unknown"
    ALREADY_SENT = "already_sent"
    EXPIRED = "expired"
    AWAITING_RECEIPT = "awaiting_receipt"
    FALLBACK_OFF = "fallback_off"
    HOLDOUT = "holdout"
    # Of one route, or one address by it.
    NO_ADDRESS = "no_address"
    ALREADY_TRIED = "already_tried"
    SUPPRESSED = "suppressed"
    CONSENT_REFUSED = "consent_refused"
    NOT_FOLLOWING = "not_following"
    NO_CONSENT = "no_consent"
    UNREACHABLE = "unreachable"
    TEMPLATE_BLOCKED = "template_blocked"
    NO_INTERACTION = "no_interaction"
    WINDOW_CLOSED = "window_closed"
    WINDOW_USED_UP = "window_used_up"
    NO_PERMISSION = "no_permission"
    MARKETING_HOURS = "marketing_hours"
    QUIET_HOURS = "quiet_hours"
    MASS_QUOTA_USED = "mass_quota_used"
    CAP_REACHED = "cap_reached"


class Verdict(StrEnum):
    """What a check says."""

    PASSES = "passes"
    REFUSES = "refuses"  # this way; the next one may do
    WAITS = "waits"  # this way, later; no other one is looked for
    STOPS = "stops"  # the message


@dataclass(frozen=True, slots=True)
class Found:
    """What a check says and why: `numbers` are ready to be shown, `until` (ms) is when a wait is over."""

    verdict: Verdict
    numbers: Json = field(default_factory=dict)
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One check that was made. `route` is None for those of the message itself; `address` is by which one of the person's."""

    check: Reason
    found: Found
    route: Route | None = None
    address: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Send:
    """It goes, by this route to this address. `use` has to be reserved in the same write; `caps` are the names of those that count it."""

    route: Route
    address: str = field(repr=False)
    use: Use
    caps: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Defer:
    """It is decided again at `until` (ms)."""

    until: int
    reason: Reason
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Refuse:
    """It never goes. `reason` is the last one found; `reasons` has one for each route that was looked at: the one that came furthest."""

    reason: Reason
    reasons: tuple[tuple[Route, Reason], ...]
    findings: tuple[Finding, ...]


Decision = Send | Defer | Refuse
