"""Workers and a queue that delivers at least once: workers run as greenlets that give way at each call to the world, and may die there."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from greenlet import getcurrent, greenlet

from chalicelib.errors import Busy
from tests.simulation.world import Died

VISIBILITY_MS: Final = 120_000
LIFE_MS: Final = 60_000  # of a worker
STEPS_MS: Final = (1, 20, 300, 2_000)
PACE: Final = (10, 10, 4, 1)  # weights of the steps
KEPT: Final = 0.1  # the chance that a message stays in its queue though it was worked on
MAX_STEPS: Final = 20_000

Verdict = int | None  # when a job comes again; None: it is done
Work = Callable[[], Verdict]


@dataclass(eq=False)
class Job:
    """A message of a queue: what is to be done, and from when it is visible."""

    work: Work
    visible_at: int
    mortal: bool = False  # whether deaths of its workers are counted, and limited


@dataclass(eq=False)
class Task:
    """A worker with a job."""

    job: Job
    began: int
    thread: Any = None
    verdict: Verdict = None
    died: bool = False
    ended: bool = False


@dataclass
class Line:
    """A queue with its workers. `crash`: the chance (0-1) that a step is the last one. Of what costs the mortal ones minutes (a death, an
    answer that got lost) there are at most `strikes`.
    """

    random: Random
    now: int
    crash: float
    strikes: int
    jobs: list[Job] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    deaths: int = 0
    main: Any = None

    def put(self, work: Work, delay: int = 0, *, mortal: bool = False, twice: float = 0.2) -> None:
        """One more message, now and then two."""
        for _ in range(1 + (self.random.random() < twice)):
            self.jobs.append(Job(work, self.now + delay, mortal))

    def run(self) -> None:
        """Until nothing is left to do."""
        self.main = getcurrent()
        for _ in range(MAX_STEPS):
            if not self._step():
                return
        raise AssertionError("the world does not come to rest")

    def _step(self) -> bool:
        self.now += self.random.choices(STEPS_MS, PACE)[0]
        ready = [one for one in self.jobs if one.visible_at <= self.now]
        if not self.tasks and not ready:
            if not self.jobs:
                return False
            self.now = min(one.visible_at for one in self.jobs)
            return True
        place = self.random.randrange(len(self.tasks) + bool(ready))
        if place < len(self.tasks):
            self._resume(self.tasks[place])
        else:
            self._take(self.random.choice(ready))
        return True

    def _take(self, job: Job) -> None:
        job.visible_at = self.now + VISIBILITY_MS
        task = Task(job, self.now)
        task.thread = greenlet(lambda: self._guarded(task))
        self.tasks.append(task)

    def _guarded(self, task: Task) -> None:
        try:
            task.verdict = task.job.work()
        except (Died, Busy):
            task.died = True
        task.ended = True

    def _resume(self, task: Task) -> None:
        task.thread.switch()
        if not task.ended:
            return
        self.tasks.remove(task)
        if task.died or self._keeps(task.job) or task.job not in self.jobs:
            return
        if task.verdict is None:
            self.jobs.remove(task.job)
        else:
            task.job.visible_at = task.verdict

    def _keeps(self, job: Job) -> bool:
        """The queue was not told, and delivers once more."""
        return self.random.random() < KEPT and (not job.mortal or self.strike())

    def strike(self) -> bool:
        """Whether one more misfortune is allowed."""
        self.strikes -= 1
        return self.strikes >= 0

    def give_way(self) -> None:
        """Lets others go on. Whoever comes back too late is killed."""
        if (here := getcurrent()) is self.main or self.main is None:
            return
        self.perhaps_die()
        self.main.switch()
        task = next(one for one in self.tasks if one.thread is here)
        if self.now - task.began > LIFE_MS:
            self.deaths += task.job.mortal
            raise Died

    def perhaps_die(self) -> None:
        """The chance of a death."""
        if (here := getcurrent()) is self.main or self.main is None or self.random.random() >= self.crash:
            return
        task = next(one for one in self.tasks if one.thread is here)
        if not task.job.mortal:
            raise Died
        if self.strike():
            self.deaths += 1
            raise Died
