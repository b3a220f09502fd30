"""Records of a stream that a lambda takes together, each of which may go wrong by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from chalicelib.dead_letters import DeadLetter, bury
from chalicelib.entrypoints.batches import Json, again
from chalicelib.errors import Busy
from chalicelib.people.absorb import POISON
from chalicelib.people.clock import Clock
from chalicelib.telemetry import count_refusals, logger


@dataclass(slots=True)
class StreamBatch:
    """One invocation with records of a stream: the time, and what went wrong."""

    function: str
    clock: Clock
    failed: list[str] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)

    @contextmanager
    def guarded(self, token: str, pk: str, sk: str) -> Iterator[None]:
        """One record's trouble is its own: a lost race means again, a fault in the data means the dead letters. `token` names the record to
        the stream; the keys are its item's.
        """
        try:
            yield
        except Busy:
            self.failed.append(token)
        except POISON as error:
            logger.exception("a record of the stream cannot be dealt with", function=self.function, key=pk, sort=sk)
            self.letters.append(DeadLetter(self.function, pk, sk, f"{type(error).__name__}: {error}"))

    def answer(self, poison: str) -> Json:
        """The lambda's answer, once the dead letters are sent; they are counted under the code `poison`."""
        if self.letters:
            bury(self.letters)
            count_refusals([poison] * len(self.letters))
        return again(self.failed)
