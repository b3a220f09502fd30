"""`GET /v1/people/{namespace}/{value}/contact`: how a person can be told something now, why not by other ways, and how often still."""

from typing import Any, Final

from pydantic import BaseModel

from chalicelib.contacts import facts, outlook
from chalicelib.contacts.masking import masked
from chalicelib.contacts.outlook import Room, Way
from chalicelib.entrypoints.addressing import addressed
from chalicelib.errors import BadRequest
from chalicelib.events.clock import rfc3339
from chalicelib.http import Answer, Query, Request
from chalicelib.messages.contact_policy import current_rules
from chalicelib.messages.policy.decisions import Defer, Refuse
from chalicelib.messages.policy.model import Address, Consent, ContactFacts, Suppression
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.people import reading

PREFERRED: Final = "preferred_channel"  # the attribute
CONTACT_QUERY: Final = (
    Query(
        "category",
        "What a message would be for; `marketing` where it is left out.",
        {"type": "string", "enum": [one.value for one in Category], "default": Category.MARKETING.value},
    ),
)


class ReachShown(BaseModel):
    """One way: whether a message of the category would go now, at `until`, or not, and why. `template` is WeChat's own id."""

    channel: ChannelName
    account: str
    template: str
    reach: str
    reason: str | None
    until: str | None


class AddressShown(BaseModel):
    """An address, most of its letters hidden. `following` is null where nobody follows or nobody has said; `window` is that of customer
    service; `permissions` are those for subscription messages, by template, with what is left of each.
    """

    channel: ChannelName
    account: str
    address: str
    following: bool | None
    changed_at: str | None
    active_at: str | None
    window: dict[str, Any] | None
    permissions: dict[str, int]
    blocked_templates: list[str]
    unreachable: dict[str, str | None] | None


class ConsentShown(BaseModel):
    """A word of the person. Null for all channels or categories, "" for all accounts."""

    granted: bool
    at: str
    source: str
    channel: ChannelName | None
    category: Category | None
    account: str


class SuppressionShown(BaseModel):
    """An entry of the suppression list. `address` is null where it is about the person."""

    since: str
    reason: str
    channel: ChannelName | None
    address: str | None
    until: str | None


class CapShown(BaseModel):
    """A cap of the policy by its place in it."""

    cap: str
    limit: int
    used: int
    left: int


class MassShown(BaseModel):
    """Mass messages of an account in this month of China's calendar; `kind` is a part of the quota, null for all of it."""

    account: str
    kind: str | None
    limit: int
    used: int
    left: int


class ContactShown(BaseModel):
    """All that decides whether a message goes to the person, and what would become of one now."""

    person_id: str
    category: Category
    timezone: str | None
    preferred_channel: str | None
    reach: list[ReachShown]
    addresses: list[AddressShown]
    consents: list[ConsentShown]
    suppressions: list[SuppressionShown]
    caps: list[CapShown]
    mass_quota: list[MassShown]


def get_contact(request: Request) -> Answer:
    """Judged at the moment of asking. Reads what a decision reads, and the person. Raises NotFound, BadRequest."""
    category, now = _category(request), request.received_at
    person = reading.person_of(addressed(request))
    profile = reading.profile_of(person)
    known, rules = facts.of(person, now, profile), current_rules()
    preferred = profile.values().get(PREFERRED)
    shown = ContactShown(
        person_id=person.id,
        category=category,
        timezone=known.timezone or None,
        preferred_channel=preferred if isinstance(preferred, str) else None,
        reach=[_way(one) for one in outlook.ways(person.id, known, rules, category, now)],
        addresses=[_address(one, now) for one in known.addresses if one.value != person.id],
        consents=[consent_shown(one) for one in known.consents],
        suppressions=_suppressions(known, now),
        caps=[CapShown(cap=one.name, limit=one.limit, used=one.used, left=one.left) for one in outlook.caps_left(known, rules, now)],
        mass_quota=[_mass(one) for one in outlook.mass_left(known, rules, now)],
    )
    return Answer(body=shown)


def consent_shown(one: Consent) -> ConsentShown:
    """A word as it is shown."""
    return ConsentShown(
        granted=one.granted, at=rfc3339(one.at), source=one.source, channel=one.channel, category=one.category, account=one.account
    )


def suppression_shown(one: Suppression) -> SuppressionShown:
    """An entry as it is shown."""
    address = masked(one.address) if one.address else None
    return SuppressionShown(since=rfc3339(one.since), reason=one.reason, channel=one.channel, address=address, until=_time(one.until))


def _category(request: Request) -> Category:
    try:
        return Category(request.query.get("category") or Category.MARKETING)
    except ValueError as error:
        raise BadRequest("category must be one of " + ", ".join(Category)) from error


def _suppressions(known: ContactFacts, now: int) -> list[SuppressionShown]:
    return [suppression_shown(one) for one in known.suppressions if one.until is None or now < one.until]


def _way(one: Way) -> ReachShown:
    route, reach, reason, until = one.route, "now", None, None
    match one.decision:
        case Defer():
            reach, reason, until = "later", one.decision.reason.value, rfc3339(one.decision.until)
        case Refuse():
            reach, reason = "no", one.decision.reason.value
    return ReachShown(channel=route.channel, account=route.account, template=route.template, reach=reach, reason=reason, until=until)


def _address(one: Address, now: int) -> AddressShown:
    dead, window = one.unreachable, one.window
    return AddressShown(
        channel=one.channel,
        account=one.account,
        address=masked(one.value),
        following=one.following,
        changed_at=_time(one.changed_at),
        active_at=_time(one.active_at),
        window={"left": window.left, "until": rfc3339(window.until)} if window.until > now else None,
        permissions={template: permission.left for template, permission in sorted(one.permissions.items())},
        blocked_templates=sorted(one.blocked),
        unreachable={"reason": dead.reason, "since": rfc3339(dead.since), "until": _time(dead.until)} if dead else None,
    )


def _mass(one: Room) -> MassShown:
    return MassShown(account=one.name, kind=one.kind or None, limit=one.limit, used=one.used, left=one.left)


def _time(at: int | None) -> str | None:
    return rfc3339(at) if at else None
