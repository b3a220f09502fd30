"""What a message costs on its way through the ledger, how many go out, and what faults and bad neighbours do to them."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Final

from chalicelib.dispatch.model import State
from infra.emulator.process import ACCOUNT, emulator
from infra.paths import LOCAL, ROOT
from infra.stage import stage_at
from tests.bench.capacity import Write
from tests.bench.cpu import COLUMNS as CPU_COLUMNS
from tests.bench.cpu import cpu_rows
from tests.bench.network import Network
from tests.bench.posting import A_SECOND, BATCH, Post, post, posting
from tests.bench.report import Section, judged
from tests.bench.ring import furnish
from tests.bench.timing import Work, cpu_per_event
from tests.simulation.quick_dynamo import QuickDynamo
from tests.simulation.sending_counts import Counts, tally
from tests.support.aws import forget_caches
from tests.support.environment import PLACE, TEST_ENVIRONMENT
from tests.support.throughput import BAD, PER_MINUTE, WORKERS, Crowd, Provider, slowed

WRITE_AIM: Final = 4.0  # units of a message with its receipt
SLOWED_AIM: Final = 0.95
SEEDS: Final = range(10_000)
MESSAGES: Final = 100
FOLLOWED: Final = "an event on the timeline, and the tally"
MESSAGES_TABLE: Final = f"{PLACE.prefix}-messages"
UNIT_COLUMNS: Final = ("", "write", "of that: ledger", "read", "write, emulator", "aim")
UNIT_NOTE: Final = (
    "Units of one message. Ledger: the message's item (and, where receipts do not name our id, one for its index by the provider's "
    "number: not here, over Aliyun); the rest is the place under the person's caps and the account's tokens (against the emulator ten "
    "messages ask one after the other and take one, two, four and three). What the dispatcher writes besides stands in the last row. "
    "Through the sending lambda, ten side by side, with a provider that answers at once, {a_second:,.0f} messages a second went against "
    "the emulator, which takes nearly all of the time on the same cores."
)
FAULT_NOTE: Final = (
    f"{len(SEEDS):,} worlds of 1 to 6 messages: deliveries doubled and in any order, workers that die before and after the call and "
    "between any two writes, answers and receipts that are lost, late or doubled. The peers are models of what their retries do, in the "
    "same worlds."
)
_WHOSE: Final = {"ours": "this ledger", "plain": "a plain retry", "locked": "a retry behind a lock"}


@dataclass(frozen=True, slots=True)
class Cost:
    """Units of one message; `ledger` are those of `write` that are its own item's and the index's."""

    write: float
    ledger: float
    read: float

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.write + other.write, self.ledger + other.ledger, self.read + other.read)

    def cells(self) -> tuple[str, ...]:
        """As in the table."""
        return tuple(f"{units:.2f}" for units in (self.write, self.ledger, self.read))


def units() -> Section:
    """Write and read units, by arithmetic and by the emulator's own count."""
    counted, found = _of_emulator(), spent()
    *steps, _ = found
    rows = [(name, *found[name].cells(), f"{counted[name]:.2f}", "") for name in steps]
    together = sum((found[name] for name in steps), Cost(0, 0, 0))
    emulated = sum(counted[name] for name in steps)
    rows.append(("together", *together.cells(), f"{emulated:.2f}", judged(together.write, WRITE_AIM)))
    rows.append((FOLLOWED, *found[FOLLOWED].cells(), "", ""))
    return Section("Units of a message", UNIT_COLUMNS, tuple(rows), UNIT_NOTE.format(a_second=counted[A_SECOND]))


def spent() -> dict[str, Cost]:
    """What each step of a message costs, in memory; the dispatcher's part last."""
    found: dict[str, Cost] = {}
    with _served(Network()) as network:
        one = post("units", MESSAGES)
        for name, step in (*one.steps.items(), (FOLLOWED, one.follow)):
            bill = network.opened()
            step()
            index = _indexed(bill.writes)
            ledger = sum(write.units for write in bill.writes if write.table == MESSAGES_TABLE) + index
            found[name] = Cost((bill.units.write + index) / MESSAGES, ledger / MESSAGES, bill.units.read / MESSAGES)
    return found


def cpu() -> Section:
    """The workers' CPU."""
    with _served(Network()) as network:
        one = post("cpu", BATCH)
        works = {"claimed, sent, settled": _work(one, one.send, network), "its receipt": _work(one, one.receive, network)}
        found = cpu_per_event(works, network)
    return Section("CPU of sending a message", CPU_COLUMNS, cpu_rows(found, {}), "Without what signing and the provider's connection take.")


def neighbours() -> Section:
    """What goes out of one account while another is bad, in virtual time; how well a rate is held, and at how many writes."""
    rows = []
    for name, bad in BAD.items():
        with QuickDynamo().serving():
            ratio = slowed(bad)
        rows.append((f"beside one that {name}: sent, in relation to without it", f"{ratio:.3f}", _at_least(ratio, SLOWED_AIM)))
    quick = QuickDynamo()
    with quick.serving():
        crowd = Crowd([Provider("good", PER_MINUTE)], WORKERS)
        crowd.ask("good", 2 * PER_MINUTE)
        crowd.run(60_000)
    rows.append(("rate held with a backlog, sent in relation to allowed", f"{crowd.sent['good'] / PER_MINUTE:.3f}", ""))
    rows.append(("writes of the account's item for a message", f"{len(quick.changes) / crowd.sent['good']:.3f}", ""))
    rows.append(("times that a message is taken from the queue", f"{crowd.receives['good'] / crowd.sent['good']:.1f}", ""))
    note = f"{WORKERS} workers, an account of {PER_MINUTE:,} calls a minute with a backlog, a minute of virtual time."
    return Section("Accounts side by side", ("", "", "aim"), tuple(rows), note)


def faults() -> Section:
    """Who is told twice, or not at all, when everything goes wrong."""
    rows = []
    for keyed, title in ((True, "the provider honours a key"), (False, "it honours none")):
        rows += [(f"{title}: {_WHOSE[name]}", *_cells(found)) for name, found in tally(SEEDS, keyed=keyed).items()]
    columns = ("", "messages", "told twice", "lost unseen", "listed as unknown", "deaths and lost answers")
    return Section("Messages under faults", columns, tuple(rows), FAULT_NOTE)


def _cells(found: Counts) -> tuple[str, ...]:
    numbers = (found.messages, found.doubled, found.lost, found.unknown, found.deaths + found.lost_answers)
    return tuple(f"{one:,}" for one in numbers)


def _at_least(value: float, aim: float) -> str:
    return f"≥ {aim:g}: {'met' if value >= aim else '**missed**'}"


def _indexed(writes: list[Write]) -> int:
    """Units of the index by the provider's number: one for each message that comes to have one, as it is sent."""
    mine = [write.item for write in writes if write.table == MESSAGES_TABLE]
    return len({item["pk"]["S"] for item in mine if "ref" in item and item["s"]["S"] == State.SENT})


def _work(one: Post, run: Callable[[], None], network: Network) -> Work:
    """A step, before which everything is as it was when the steps before it were done."""
    for step in one.steps.values():
        if step == run:
            break
        step()
    kept = {table: dict(items) for table, items in network.dynamo.tables.items()}

    def before() -> None:
        network.dynamo.tables.clear()
        network.dynamo.tables.update({table: dict(items) for table, items in kept.items()})

    return Work(run, BATCH, before)


@contextmanager
def _served(network: Network) -> Iterator[Network]:
    """Everything in memory, keys and sources in place."""
    forget_caches()
    with network.serving(), posting(), redirect_stdout(StringIO()):
        furnish()
        yield network


def _of_emulator() -> Mapping[str, float]:
    with emulator(LOCAL / "bench") as running:
        stage = stage_at(running.endpoint, "test", running.environment(), ACCOUNT)
        stage.deploy_data()
        environment = {**os.environ, **TEST_ENVIRONMENT, **running.environment(), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "tests.bench.posting"]
        result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError((result.stdout + result.stderr)[-3000:])
    found: dict[str, float] = json.loads(result.stdout)
    return found
