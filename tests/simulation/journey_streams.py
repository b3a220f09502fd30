"""A stream of changes with its lambda: records of one shard in order, at least once, now and then again much later."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from greenlet import getcurrent

from tests.simulation.sending_line import Job, Line, Verdict

BATCH = 4
KEPT = 0.1  # the chance that a batch comes again though it was worked on
AGAIN_AFTER_MS = (1_000, 100_000, 3_600_000)

Work = Callable[[Sequence[Any]], Collection[int]]  # does a batch; the places in it that come again


@dataclass(eq=False)
class Shard:
    """Some of a stream's records, which one worker takes at a time. A batch whose worker dies comes again, and who is behind it waits."""

    line: Line
    work: Work
    records: list[Any] = field(default_factory=list)
    _job: Job | None = None
    _worker: Any = None

    def add(self, record: Any) -> None:
        """One more record, behind the others."""
        self.records.append(record)
        if self._job is None or self._job not in self.line.jobs:
            self.line.put(self._drain, twice=0)
            self._job = self.line.jobs[-1]

    def _drain(self) -> Verdict:
        if self._worker is not None and not self._worker.dead:
            return self.line.now + 100
        self._worker = getcurrent()
        batch = self.records[: self.line.random.randint(1, BATCH)]
        again = self.work(batch) if batch else ()
        if self.line.random.random() >= KEPT:
            self.records = [one for one in self.records if not any(one is done for place, done in enumerate(batch) if place not in again)]
            if self.line.random.random() < KEPT:
                self.line.put(lambda: self._once_more(batch), self.line.random.choice(AGAIN_AFTER_MS))
        return self.line.now + (500 if again else 0) if self.records else None

    def _once_more(self, batch: Sequence[Any]) -> Verdict:
        self.work(batch)
        return None
