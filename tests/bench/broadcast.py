"""A broadcast to a million people, in the virtual time of the simulation: how long it takes, and how much it asks of the stores."""

from time import process_time
from typing import Final

from tests.bench.report import Section, judged
from tests.simulation.broadcast_town import RATE, SECOND, WORKERS, playing

PEOPLE: Final = 1_000_000
CALLS_AIM: Final = 1.25  # for each person
IDLE_AIM: Final = 5.0  # percent
NOTE: Final = (
    f"{PEOPLE:,} people, {WORKERS} workers side by side, a provider that takes {RATE:,} messages a second. Time is virtual; "
    "the processor is that of our code, on tables in memory."
)


def section() -> Section:
    """Everybody is told once, at the provider's rate."""
    began = process_time()
    with playing(PEOPLE) as (run, _):
        run.run()
    town, spent = run.town, process_time() - began
    calls, idle = town.calls / PEOPLE, 100 * town.idle_ms / (PEOPLE / RATE * SECOND)
    rows = (
        ("people told once", f"{town.told.count(1):,}", ""),
        ("calls for each person", f"{calls:.2f}", judged(calls, CALLS_AIM)),
        ("most messages waiting at once", f"{town.deepest:,}", ""),
        ("provider without work, % of the time", f"{idle:.1f}", judged(idle, IDLE_AIM)),
        ("messages of the queue `broadcasts`", f"{run.messages:,}", ""),
        ("processor, s", f"{spent:.0f}", ""),
    )
    return Section("A broadcast to a million", ("", "", "aim"), rows, NOTE)
