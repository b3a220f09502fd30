"""Journeys in one process: people, templates, the lambdas of journeys and messages, and one time for all of them.

road = open_journeys(stack, monkeypatch)
road.publish("coupon", {"entry": {"event": "OrderPlaced"}, "start": "hold", "nodes": {...}})
road.office.person(openid__wx1="oMulan")
road.does("OrderPlaced", {"order_id": "o1"}, openid__wx1="oMulan")
road.later(2 * HOUR)
road.messages("openid:wx1", "oMulan", "coupon")      # what the runs have asked for, oldest first
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pytest

from chalicelib.dispatch.model import Message
from chalicelib.entrypoints import journey_work, move_on, perform
from chalicelib.identifiers import identifier
from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.model import Enrolment, Run
from chalicelib.journeys.in_force import book
from chalicelib.journeys.runs import store
from chalicelib.journeys.runs.records import enrolment_of_image
from chalicelib.people.reading import person_of
from chalicelib.people.records import person_partition
from chalicelib.settings import settings
from infra.mappings import JOURNEY_WORK, MOVE_ON, PERFORM
from tests.support.aws import Stack, forget_caches
from tests.support.clock import Clock
from tests.support.living import does
from tests.support.messages import Office, open_office

SECOND: Final = 1_000
GRACE: Final = 5 * SECOND  # from when a stay ends until that is acted on


@dataclass(slots=True)
class Road:
    """An office, and the journeys that people of it are on."""

    office: Office

    @property
    def clock(self) -> Clock:
        """Everybody's time."""
        return self.office.clock

    def publish(self, name: str, document: dict[str, Any]) -> int:
        """Puts a journey in force; its version."""
        version = self.office.publish("journeys", name, document)
        self.office.flow()
        return version

    def does(self, name: str, properties: dict[str, Any] | None = None, /, **identifiers: str) -> None:
        """Somebody does something at this moment, and everything follows."""
        does(self.office.ring, name, 1, properties, **identifiers)

    def later(self, milliseconds: int) -> None:
        """Time goes by, and what falls due happens when it does: the clock stops at each instant at which somebody is to be looked at."""
        forget_caches()
        end = self.clock.now + milliseconds
        while self.clock.now < end:
            self.office.later(min(self._next_look(), end) - self.clock.now)

    def pass_by(self, milliseconds: int) -> None:
        """Time goes by, and nothing happens yet."""
        ring = self.office.ring
        self.clock.pass_by(milliseconds)
        ring.operator.now = ring.shop.now = ring.market.now = self.clock.now

    def tells(self, name: str, properties: dict[str, Any], namespace: str, value: str) -> None:
        """Something that somebody did is stored, and nobody has heard of it yet."""
        told = {"name": name, "identifiers": {namespace: value}, "properties": properties}
        assert self.office.ring.send(told).json["rejected"] == []

    def _next_look(self) -> int:
        looks = (engine.next_look(book.current().charts(one.journey), one) for one in self._everybody())
        return min((at for at in looks if at > self.clock.now), default=sys.maxsize)

    def _everybody(self) -> Iterator[Enrolment]:
        for item in self.office.stack.items("runs"):
            if item["pk"]["S"].startswith(person_partition("")):
                yield enrolment_of_image(item)

    def enrolment(self, namespace: str, value: str, journey: str) -> Enrolment:
        """The runs of the person behind an identifier; an empty enrolment where there are none."""
        person = person_of(identifier(namespace, value)).id
        return store.find(person, journey) or Enrolment(person, journey)

    def run(self, namespace: str, value: str, journey: str) -> Run:
        """The run that was entered last."""
        return max(self.enrolment(namespace, value, journey).runs, key=lambda run: run.entered_at)

    def messages(self, namespace: str, value: str, journey: str) -> list[Message]:
        """What the person's runs have asked for and still know of, oldest first."""
        runs = self.enrolment(namespace, value, journey).runs
        sent = sorted((one for run in runs for one in run.sent), key=lambda one: (one.at, one.message))
        return [self.office.find(one.message) for one in sent]

    def names(self, namespace: str, value: str) -> list[str]:
        """The names of a person's events, oldest first."""
        return self.office.ring.names(namespace, value)


def open_journeys(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Road:
    """An office with the lambdas of journeys."""
    from app import journey_cohort

    office = open_office(stack, monkeypatch)
    pump = office.ring.pump
    office.clock.install(monkeypatch, perform, move_on, journey_work)
    pump.stream(PERFORM, perform.perform)
    pump.queue(MOVE_ON, move_on.move_on)
    pump.queue(JOURNEY_WORK, journey_work.journey_work)
    pump.machine(journey_cohort, settings().journey_timer_arn)
    return Road(office)
