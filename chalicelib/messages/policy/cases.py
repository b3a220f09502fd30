"""What a check looks at, and what it answers. Pure."""

from dataclasses import dataclass
from datetime import tzinfo
from functools import cached_property
from typing import Any

from chalicelib.events.clock import rfc3339
from chalicelib.messages.policy.calendars import Calendar
from chalicelib.messages.policy.decisions import Found, Verdict
from chalicelib.messages.policy.model import Address, Asked, ContactFacts, Route
from chalicelib.messages.policy.rules import ContactRules
from chalicelib.messages.templates.model import ChannelName
from chalicelib.zones import zone


@dataclass(frozen=True)
class Case:
    """A message, what is known of its person, the policy, and the time (ms)."""

    asked: Asked
    facts: ContactFacts
    rules: ContactRules
    now: int

    @cached_property
    def zone(self) -> tzinfo:
        """The person's time zone, or the policy's."""
        if not (self.rules.own_zones and self.facts.timezone):
            return self.rules.zone
        try:
            return zone(self.facts.timezone)
        except ValueError:
            return self.rules.zone

    @cached_property
    def calendar(self) -> Calendar:
        """The clock and the calendar that the person lives by."""
        return Calendar(self.zone, self.rules.pace)


@dataclass(frozen=True, slots=True)
class Option:
    """One address by one route. The address has no value where the person has none."""

    route: Route
    to: Address

    @property
    def channel(self) -> ChannelName:
        """The route's."""
        return self.route.channel


def passes(**numbers: Any) -> Found:
    """Nothing stands in the way."""
    return Found(Verdict.PASSES, numbers)


def refuses(**numbers: Any) -> Found:
    """The way is closed; another may do."""
    return Found(Verdict.REFUSES, numbers)


def stops(**numbers: Any) -> Found:
    """The message is not sent by any way."""
    return Found(Verdict.STOPS, numbers)


def waits(until: int, **numbers: Any) -> Found:
    """Not before `until` (ms)."""
    return Found(Verdict.WAITS, {**numbers, "until": rfc3339(until)}, until)
