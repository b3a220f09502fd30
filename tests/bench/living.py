"""The ring with rules in force: people who change are judged, what follows from that is done, and timers go off."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from itertools import count
from typing import Any, Final
from unittest.mock import patch

import app
from chalicelib.audiences import planbook
from chalicelib.audiences.plans import Plan
from chalicelib.audiences.timers import RECHECKS
from chalicelib.definitions.records import written_together
from chalicelib.entrypoints import recheck as rechecking
from chalicelib.entrypoints import score as scoring
from chalicelib.timers.model import Cohort, Due
from chalicelib.timers.timers import Timers
from infra.mappings import RECHECK, SCORE
from tests.bench import rulebook
from tests.bench.network import Network, Payload
from tests.bench.ring import CONTEXT, Ring, furnish
from tests.support.aws import forget_caches
from tests.support.environment import PLACE

PEOPLE_TABLE: Final = f"{PLACE.prefix}-{SCORE.table}"
_sequence: Final = count(1)


@dataclass(slots=True)
class Living(Ring[Network]):
    """Usage: `with living() as one: one.merge(one.ingest(events)); one.follow()`. Queues and executions are lists, which cost no units."""

    waiting: list[Due] = field(default_factory=list)
    cohorts: set[Cohort] = field(default_factory=set)
    told: int = 0  # derived events so far

    def follow(self) -> None:
        """Calls the scoring lambda with all that its stream holds, and what that leads to, until nothing more happens."""
        while records := self.changed_people():
            for start in range(0, len(records), SCORE.batch_size):
                self.score(records[start : start + SCORE.batch_size])

    def score(self, records: Sequence[Payload]) -> None:
        """Calls the scoring lambda; events that rules derive go on to the ID-merge lambda. Raises when it does not do all of the batch."""
        before = len(self.network.bill.events)
        with redirect_stdout(StringIO()) as log, patch.object(scoring, "time", lambda: self.now / 1000):
            answer: Any = app.score({"Records": list(records)}, CONTEXT)
        if answer["batchItemFailures"]:
            raise AssertionError(f"{answer}\n{log.getvalue()}")
        derived = self.network.bill.events[before:]
        self.told += len(derived)
        if derived:
            self.merge(self.stream_records(derived))

    def ring_timers(self) -> None:
        """Whose timers have gone off by now is looked at again."""
        for cohort in [one for one in self.cohorts if one.wake <= self.now]:
            self.cohorts.remove(cohort)
            self._empty(cohort)
        due = [one for one in self.waiting if one.at <= self.now]
        self.waiting[:] = [one for one in self.waiting if one.at > self.now]
        for start in range(0, len(due), RECHECK.batch_size):
            self._recheck(due[start : start + RECHECK.batch_size])
        self.follow()

    def _empty(self, cohort: Cohort) -> None:
        after: str | None = None
        while True:
            found, after = RECHECKS.page(cohort, after)
            self.waiting += found
            if after is None:
                return

    def _recheck(self, due: Sequence[Due]) -> None:
        bodies = (f'{{"subject": "{one.subject}", "at": {one.at}}}' for one in due)
        records = [{"messageId": str(place), "body": body} for place, body in enumerate(bodies)]
        with redirect_stdout(StringIO()) as log, patch.object(rechecking, "time", lambda: self.now / 1000):
            answer: Any = app.recheck({"Records": records}, CONTEXT)
        if answer["batchItemFailures"]:
            raise AssertionError(f"{answer}\n{log.getvalue()}")

    def changed_people(self) -> list[Payload]:
        """What the stream of the people table shows to the scoring lambda."""
        changes, self.network.dynamo.changes = self.network.dynamo.changes, []
        records = []
        for table, (pk, sk), before, after in changes:
            name = "INSERT" if before is None else "MODIFY" if after is not None else "REMOVE"
            if table == PEOPLE_TABLE and SCORE.delivers(name, sk):
                images = {"OldImage": before, "NewImage": after}
                change = {
                    "Keys": {"pk": {"S": pk}, "sk": {"S": sk}},
                    "SequenceNumber": str(next(_sequence)),
                    "ApproximateCreationDateTime": self.now / 1000,
                    **{image: item for image, item in images.items() if item is not None},
                }
                records.append({"eventName": name, "dynamodb": change})
        return records

    def _start(self, cohort: Cohort) -> bool:
        self.cohorts.add(cohort)
        return True


@contextmanager
def living(rules: Plan | None = None) -> Iterator[Living]:
    """A ring in memory in which rules (100 segments and 10 scores) have been in force since before the first person came."""
    forget_caches()
    with Network().serving() as network, ExitStack() as stack:
        furnish()
        publish(rules or rulebook.plan())
        one = Living(network)
        stack.enter_context(patch.object(Timers, "send", lambda _, dues, _now: one.waiting.extend(dues)))
        stack.enter_context(patch.object(Timers, "_start", lambda _, cohort: one._start(cohort)))
        yield one


def publish(rules: Plan) -> None:
    """Puts the plan in force, over which a pass over everybody has ended."""
    with written_together() as writing:
        planbook.writes(planbook.NO_PLAN, rules, 0)(writing)
    planbook.mark_passed(rules.version)
