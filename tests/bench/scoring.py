"""How fast people are judged: a condition of each shape, a score, all rules in force; and what the lambdas take for it."""

from collections.abc import Callable
from statistics import median
from time import process_time
from typing import Final

from chalicelib.audiences.compiled import CompiledSegment
from chalicelib.audiences.facts import Facts
from chalicelib.audiences.kinds import RuleKind
from chalicelib.audiences.rules import Rules, compile_rules
from chalicelib.people.recent import CHUNK_EVENTS
from chalicelib.signals.model import Journal, Ledger
from tests.bench import rulebook, traffic
from tests.bench.cpu import COLUMNS as CPU_COLUMNS
from tests.bench.cpu import NOTE as CPU_NOTE
from tests.bench.cpu import cpu_rows
from tests.bench.living import PEOPLE_TABLE, Living, living
from tests.bench.network import Payload
from tests.bench.report import Section
from tests.bench.steady import HISTORY
from tests.bench.timing import Work, cpu_per_event

ROUNDS: Final = 15
SECONDS: Final = 0.05  # of CPU for a measurement: enough for the clock
MICROSECONDS: Final = 1_000_000
FEW: Final = 20  # runs to find out how many make a measurement
FIVE_MINUTES: Final = 300_000
MIDDLE: Final = 50  # of each shape there are ten segments; this begins the sixth of each
PEOPLE: Final = 20  # in a batch of a lambda
COLUMNS: Final = ("", "µs", "a second")
NOTE: Final = (
    "CPU of one core for one person with {hits} hits of {signals} signals; nothing is read or written. `A second` counts conditions, "
    "scores, or for everything the definitions: {segments} segments and {scores} scores. A check also finds out when its result may "
    "change."
)

Make = Callable[[int, int], Payload]  # (person, time in ms)


def section() -> Section:
    """Judging as such."""
    rules = compile_rules(rulebook.plan())
    facts = somebody(rules)
    rows = [(f"check: {name}", _timed(_checks(rules, facts, place)), 1) for place, name in enumerate(rulebook.SHAPES)]
    score = dict(rules.order)[RuleKind.SCORES, "score-1"]
    found = rules.results(facts, traffic.NOW, rules.plan.version)
    rows.append(("a score of four rules", _timed(lambda: score.apply(facts, found, traffic.NOW)), 1))
    rows.append(("explain: one of three", _timed(lambda: rules.explain("segments", "segment-09", facts, traffic.NOW, 1)), 1))
    definitions = rulebook.SEGMENTS + rulebook.SCORES
    rows.append(("everything", _timed(lambda: rules.judge(facts, traffic.NOW, rules.plan.version)), definitions))
    note = NOTE.format(
        hits=sum(state.total for state in facts.states.values()),
        signals=len(facts.states),
        segments=rulebook.SEGMENTS,
        scores=rulebook.SCORES,
    )
    cells = tuple((name, f"{spent * MICROSECONDS:,.1f}", f"{count / spent:,.0f}") for name, spent, count in rows)
    return Section("Judging a person by 100 segments and 10 scores", COLUMNS, cells, note)


def lambdas() -> Section:
    """Judging as the lambdas do it."""
    with living() as one:
        _lived(one)
        works = {
            "scoring lambda: an event that rules ask for": _scoring(one, _asked),
            "scoring lambda: an event of no rule": _scoring(one, _not_asked),
            "ID-merge lambda: an event that rules ask for": _merging(one),
        }
        found = cpu_per_event(works, one.network)
    return Section("CPU with 100 segments and 10 scores", CPU_COLUMNS, cpu_rows(found, {}), f"{CPU_NOTE} Batches of {PEOPLE} people.")


def somebody(rules: Rules) -> Facts:
    """A person who has done much: 40 events of each name in as many hours, and whatever else conditions ask for."""
    times = [traffic.NOW - (HISTORY - number) * FIVE_MINUTES for number in range(HISTORY)]
    happened = (rulebook.event_of(rulebook.happening(1, number, at)) for number, at in enumerate(times))
    signals, version = rules.plan.signals, rules.plan.version
    return Facts(
        states=signals.states(Ledger(), Journal(tuple(signals.entries_of(happened, version))), version),
        attributes={"city": "杭州", "points": 400, "gender": "女"},
        namespaces=frozenset({"openid:wx4f1ab2c3d4e5f607", "unionid", "mobile"}),
        first_seen=times[0],
        last_seen=times[-1],
        touches={"first_touch": {"channel": "h5", "campaign": {"source": "wechat", "name": "spring-2026"}}},
    )


def _checks(rules: Rules, facts: Facts, shape: int) -> Callable[[], object]:
    """The check of one segment of a shape."""
    found = rules.results(facts, traffic.NOW, rules.plan.version)
    segment = dict(rules.order)[RuleKind.SEGMENTS, f"segment-{MIDDLE + shape:02}"]
    assert isinstance(segment, CompiledSegment)
    return lambda: segment.condition.check(facts, found, traffic.NOW)


def _timed(run: Callable[[], object]) -> float:
    """CPU seconds of one run: the median of several measurements."""
    many = max(1, round(SECONDS / _spent(run, FEW) * FEW))
    return median(_spent(run, many) for _ in range(ROUNDS)) / many


def _spent(run: Callable[[], object], times: int) -> float:
    began = process_time()
    for _ in range(times):
        run()
    return process_time() - began


def _lived(one: Living) -> None:
    """Everybody has a history that the rules know."""
    for person in range(PEOPLE):
        one.merge(one.ingest(traffic.life(person, one.now)))
    for first in range(0, HISTORY, CHUNK_EVENTS):
        one.now += traffic.PAUSE
        for person in range(PEOPLE):
            one.merge(one.ingest([rulebook.happening(person, first + place, one.now - place) for place in range(CHUNK_EVENTS)]))
        one.follow()
        one.network.opened()


def _asked(person: int, at: int) -> Payload:
    return rulebook.happening(person, HISTORY, at)


def _not_asked(person: int, at: int) -> Payload:
    return {**traffic.view(person, at), "name": "NobodyAsks"}


def _scoring(one: Living, make: Make) -> Work:
    """What the scoring lambda does when everybody has done something that moves nobody."""
    one.now += traffic.PAUSE
    one.merge(one.ingest([make(person, one.now) for person in range(PEOPLE)]))
    records = one.changed_people()
    return Work(lambda: one.score(records), len(records))


def _merging(one: Living) -> Work:
    """What the ID-merge lambda does before that, always upon the people that are there now."""
    one.now += traffic.PAUSE
    records = one.ingest([_asked(person, one.now) for person in range(PEOPLE)])
    people = dict(one.network.dynamo.tables[PEOPLE_TABLE])

    def before() -> None:
        one.network.dynamo.tables[PEOPLE_TABLE] = dict(people)

    return Work(lambda: one.merge(records), len(records), before)
