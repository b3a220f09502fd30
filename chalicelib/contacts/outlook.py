"""What could be sent to a person now, by every way that there is to them, and how much of each cap is left. Pure.

The ways are tried with the same checks as any message, so that what is seen here before sending is what a message would meet.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.messages.policy.caps import used
from chalicelib.messages.policy.cases import Case, Option
from chalicelib.messages.policy.checks_of_times import mass_quota_left
from chalicelib.messages.policy.deciding import decide
from chalicelib.messages.policy.decisions import Decision
from chalicelib.messages.policy.model import Address, Asked, ContactFacts, Route
from chalicelib.messages.policy.rules import ContactRules
from chalicelib.messages.templates.model import Category, ChannelName

ANY_KIND = ""  # of mass messages: those of no part of the quota


@dataclass(frozen=True, slots=True)
class Way:
    """A route, and what would become of a message that has words for this one only."""

    route: Route
    decision: Decision


@dataclass(frozen=True, slots=True)
class Room:
    """How much of something is left: a cap by its name, or the mass messages of an account (`kind`: a part of them, "" for the rest)."""

    name: str
    limit: int
    used: int
    kind: str = ANY_KIND

    @property
    def left(self) -> int:
        """So many more."""
        return max(self.limit - self.used, 0)


def ways(person: str, facts: ContactFacts, rules: ContactRules, category: Category, now: int) -> list[Way]:
    """Every way to a person id for a message of the category at `now` (ms), in the order of the channels' names."""
    return [Way(route, decide(Asked("", person, category, (route,)), facts, rules, now)) for route in routes(facts)]


def routes(facts: ContactFacts) -> list[Route]:
    """A route for every account that the person has an address with, and one for each channel without: so its reason is told too.

    Of subscription messages there is one for each template that the person said something of.
    """
    found: dict[Route, None] = {}
    for channel in ChannelName:
        mine = [one for one in facts.addresses if one.channel is channel]
        found.update(dict.fromkeys(route for one in mine or [Address(channel, "")] for route in _routes_to(one)))
    return list(found)


def caps_left(facts: ContactFacts, rules: ContactRules, now: int) -> list[Room]:
    """Of each cap of the policy what is left for the person, in its order."""
    calendar = Case(Asked("", "", Category.MARKETING, ()), facts, rules, now).calendar
    return [Room(cap.name, cap.limit, used(cap, facts.sends, now, calendar)) for cap in rules.caps]


def mass_left(facts: ContactFacts, rules: ContactRules, now: int) -> list[Room]:
    """Of each account that the person follows what is left of this month's mass messages: all together (`kind` ""), then each part."""
    accounts = {one.account: one for one in facts.addresses if one.channel is ChannelName.MASS}
    return [room for address in accounts.values() for room in _mass(address, facts, rules, now)]


def _mass(address: Address, facts: ContactFacts, rules: ContactRules, now: int) -> Iterator[Room]:
    for kind in (ANY_KIND, *rules.mass_quota.split):
        asked = Asked("", "", Category.MARKETING, (), split=kind)
        option = Option(Route(ChannelName.MASS, address.account), address)
        numbers = mass_quota_left(Case(asked, facts, rules, now), option).numbers
        if kind == ANY_KIND:
            yield Room(address.account, numbers["limit"], numbers["sent"])
        else:
            yield Room(address.account, numbers["limit_of_kind"], numbers["of_kind"], kind)


def _routes_to(address: Address) -> Iterator[Route]:
    if address.channel is ChannelName.SUBSCRIBE and address.permissions:
        yield from (Route(address.channel, address.account, template) for template in sorted(address.permissions))
    else:
        yield Route(address.channel, address.account)
