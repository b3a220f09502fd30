"""Counts of runs are exact: whatever happens to people, in whatever order and however often it is told, they are what the runs come to."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.journeys.counts.census import CONTROL, Census, Stay, added_up
from chalicelib.journeys.counts.intervals import Share
from chalicelib.journeys.counts.sheets import attribute_of, changed, newest, sheet_of
from chalicelib.journeys.counts.words import TREATED, Posted, Where, Word, legend_of, where_of, word_of
from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.acts import AddTag
from chalicelib.journeys.engine.chart import Chart, Door, Goal, NotThen, Policy, ReEntry
from chalicelib.journeys.engine.model import OUTSIDE, Enrolment, Run, Why
from chalicelib.journeys.nodes.acting import Do
from chalicelib.journeys.nodes.choosing import Split
from chalicelib.journeys.nodes.ending import Exit
from chalicelib.journeys.nodes.wait_for import WaitFor
from chalicelib.journeys.nodes.waiting import Wait
from tests.support.charts import DAY, HOUR, MINUTE, NOW, SUBMITTED, Somebody, chart, expecting, happened, send

STEPS: dict[str, Any] = {
    "hold": Wait(HOUR, "offer"),
    "offer": send("claim"),
    "claim": WaitFor(((expecting("Claimed", "nodes/claim/wait_for"), "tag"),), 20 * MINUTE, "split"),
    "split": Split(((1, "tag"), (1, "hold"))),
    "tag": Do((AddTag("claimed"),), "done"),
    "done": Exit("finished"),
}
KEYED = {"properties.order_id": "entry.key"}
GOAL = Goal(expecting("OrderPaid", "goal", KEYED), (("1h", HOUR), ("3h", 3 * HOUR)), "properties.amount")


@st.composite
def journeys(draw: st.DrawFn) -> Chart:
    then_not = NotThen(expecting("OrderPaid", "entry/then_not", KEYED), 30 * MINUTE) if draw(st.booleans()) else None
    door = Door(expected=SUBMITTED, key="properties.order_id", then_not=then_not, re_entry=ReEntry(draw(st.sampled_from(list(Policy)))))
    exits = (expecting("OrderPaid", "exit/0", KEYED),) if draw(st.booleans()) else ()
    return chart(door=door, exits=exits, goal=GOAL, control=draw(st.sampled_from([0.0, 0.5])), **STEPS)


@dataclass(slots=True)
class Town:
    """Three people on a journey as a store keeps them: each change is a write, whose image is told of. `last` is what every run came to."""

    charts: dict[int, Chart]
    people: dict[str, Enrolment] = field(
        default_factory=lambda: {name: Enrolment(name, "unpaid") for name in ("p_aaaa", "p_bbbb", "p_cccc")}
    )
    images: list[Enrolment] = field(default_factory=list)
    last: dict[str, Run] = field(default_factory=dict)
    now: int = NOW

    def put(self, *changes: tuple[str, Enrolment]) -> None:
        rev = 1 + max(self.people[name].rev for name, _ in changes)
        for name, after in changes:
            if after is not self.people[name]:
                image = replace(after, rev=rev)
                self.images.append(image)
                self.people[name] = replace(image, outbox=())
                self.last |= {run.id: run for run in after.runs}

    def do(self, what: str, who: str, other: str, key: str) -> None:
        mine, theirs = self.people[who], self.people[other]
        if what in ("unite", "part"):
            self.meet(what, mine, theirs, key)
        elif what == "wake":
            self.put((who, engine.woken(self.charts, mine, self.now, Somebody())))
        elif what == "stop":
            self.put((who, engine.ended(self.charts, mine, lambda run: run.key == key, Why.STOPPED, self.now)))
        elif what == "retry":
            self.put((who, engine.retried(self.charts, mine, lambda _: True, self.now, Somebody())))
        elif what == "fail":
            self.put((who, self.failed(mine)))
        elif what == "OrderSubmitted":
            self.enters(f"{who}{self.now}{key}", key, who)
        elif what == "twice":
            self.enters(f"{who}{self.now}{key}", key, who, other)
        else:
            event = happened(what, self.now - NOW, f"{what}{self.now}{key}", order_id=key, amount=7)
            self.put((who, engine.heard(self.charts, mine, event, self.now, Somebody())))

    def meet(self, what: str, mine: Enrolment, theirs: Enrolment, key: str) -> None:
        if mine is theirs:
            return
        if what == "part":
            left, got = engine.parted(mine, theirs, lambda run: run.key == key, self.charts, self.now)
        else:
            left, got = engine.united(mine, theirs, self.charts, self.now), Enrolment(theirs.person, "unpaid")
        self.put((mine.person, left), (theirs.person, got))

    def failed(self, mine: Enrolment) -> Enrolment:
        run = next((run for run in mine.runs if any(one.node == "offer" for one in run.visits)), None)
        if run is None:
            return mine
        visit = next(place for place, one in enumerate(run.visits) if one.node == "offer")
        return engine.failed(mine, run.id, "offer", visit, "template_unknown", self.now)

    def enters(self, event_id: str, key: str, *who: str) -> None:
        """By one event, which may be told under two people while its identifier goes from one to the other."""
        made = self.charts[1]
        event = happened("OrderSubmitted", self.now - NOW, event_id, order_id=key)
        for one in dict.fromkeys(who):
            arrival = engine.arrival_of(made, event, one)
            assert isinstance(arrival, engine.Arrival)
            found = engine.entered(made, self.people[one], arrival, self.now, Somebody())
            if isinstance(found, Enrolment):
                self.put((one, found))


Story = list[tuple[str, str, str, str, int]]
names = st.sampled_from(["p_aaaa", "p_bbbb", "p_cccc"])
WHAT = ["OrderSubmitted"] * 3 + ["wake"] * 3 + ["unite", "part", "stop", "fail", "retry", "Claimed", "OrderPaid"]
stories: st.SearchStrategy[Story] = st.lists(
    st.tuples(st.sampled_from(WHAT), names, names, st.sampled_from("AB"), st.integers(0, 60)), min_size=1, max_size=40
)


def lived(made: Chart, story: Story) -> Town:
    town = Town({1: made})
    for what, who, other, key, minutes in story:
        town.now += minutes * MINUTE
        town.do(what, who, other, key)
    return town


def noted(images: Iterable[Enrolment], made: Chart) -> list[dict[str, Any]]:
    """The sheets, as they are when images were told in that order."""
    sheets: dict[str, dict[str, str]] = {}
    for image in images:
        for run in changed(image):
            sheet = sheets.setdefault(sheet_of(run), {})
            sheet |= newest([*sheet.items(), (attribute_of(run), word_of(run, image.rev, legend_of(made)))])
    return [{"pk": {"S": "x"}, "v": {"N": "1"}, **{name: {"S": word} for name, word in sheet.items()}} for sheet in sheets.values()]


def census(sheets: list[dict[str, Any]], made: Chart) -> Census:
    return added_up(sheets, lambda _: legend_of(made)).get(1, Census(legend_of(made).windows))


@settings(max_examples=150, deadline=None)
@given(journeys(), stories, st.randoms(use_true_random=False))
def test_counts_are_what_the_runs_come_to_however_they_are_told(made: Chart, story: Story, dice: Any) -> None:
    """Twice, in any order, over any number of people who become one or several."""
    town = lived(made, story)
    told = [*town.images, *dice.sample(town.images, len(town.images) // 2)]
    dice.shuffle(told)
    found = census(noted(told, made), made)
    runs = town.last.values()
    assert found.runs == Counter((where_of(run), run.reason if where_of(run) is not Where.MERGED else "") for run in runs)
    for name in made.nodes:
        stays = [(run, visit is run.visits[-1]) for run in runs for visit in run.visits if visit.node == name]
        assert found.began(name) == len(stays)
        assert found.waiting(name) == sum(last and where_of(run) is Where.GOING for run, last in stays)
        assert sum(found.failed(name).values()) == sum(last and where_of(run) is Where.FAILED for run, last in stays)
    sends = Counter(one.node for run in runs if where_of(run) is not Where.MERGED for one in run.sent)
    assert found.posted == sends
    for number, (_, window) in enumerate(made.goal.within if made.goal else ()):
        for group in (TREATED, CONTROL):
            mine = [run for run in runs if where_of(run) in group and not run.again]
            reached = [run for run in mine if run.reached and run.reached.at - run.entered_at <= window]
            assert found.reached(group, number) == Share(len(reached), len(mine))
            assert found.brought(group, number) == 7 * len(reached)
            assert found.reached(group, number, every=True).whole == sum(where_of(run) in group for run in runs)


@settings(max_examples=150, deadline=None)
@given(journeys(), stories)
def test_nobody_is_lost_over_the_nodes(made: Chart, story: Story) -> None:
    """Whoever came to a node is there, stands still there, came to the end there, or went on, and then came to another one."""
    town = lived(made, story)
    found = census(noted(town.images, made), made)
    for name in made.nodes:
        parts = (found.failed(name), found.ended(name), found.left(name))
        assert found.began(name) == found.waiting(name) + sum(sum(one.values()) for one in parts)
    begun = sum(count for stay, count in found.stays.items())
    went_on = sum(sum(found.left(name).values()) for name in made.nodes)
    treated = found.of(*TREATED) + sum(bool(run.visits) and run.visits[-1].node != OUTSIDE for run in merged(town))
    assert begun == went_on + treated
    inside = {run.id for one in town.people.values() for run in one.runs if run.open}
    assert inside == {run.id for run in town.last.values() if run.open}, "whoever is counted as under way is with somebody"


@settings(max_examples=100, deadline=None)
@given(journeys(), stories, st.randoms(use_true_random=False))
def test_a_run_that_two_people_have_a_copy_of_is_counted_once(made: Chart, story: Story, dice: Any) -> None:
    """An entry that was delivered under both; once they are one, it is counted where it is."""
    town = lived(made, [("twice" if what == "OrderSubmitted" else what, *more) for what, *more in story])  # type: ignore[misc]
    for other in ("p_bbbb", "p_cccc"):
        town.do("unite", "p_aaaa", other, "")
    told = list(town.images)
    dice.shuffle(told)
    found = census(noted(told, made), made)
    assert found.runs.total() == len(town.last)
    now = Counter(where_of(run) for run in town.people["p_aaaa"].runs)
    for where in (Where.GOING, Where.FAILED, Where.NOT_YET):
        assert found.of(where) == now[where]


def merged(town: Town) -> list[Run]:
    return [run for run in town.last.values() if where_of(run) is Where.MERGED]


def test_what_the_same_is_noted_of_is_read_once_and_counted_for_each() -> None:
    found = Census((HOUR, DAY))
    word = Word(
        1, Where.ENDED, "told", (("hold", "next", 2), ("done", ".", 1)), (Posted("offer", HOUR, credited=True),), (HOUR, Decimal("0.1"))
    )
    found.add(word, 3)
    assert found.stays == {Stay("hold", "next"): 6, Stay("done", ".", "told"): 3}
    assert (found.reached(TREATED, 0), found.brought(TREATED, 1)) == (Share(3, 3), Decimal("0.3"))
    assert (found.reached_after("offer", 0), found.credited["offer"]) == (Share(3, 3), 3)


def test_a_goal_counts_within_a_window_to_its_very_end() -> None:
    found = Census((HOUR, DAY))
    for took in (HOUR, HOUR + 1, DAY, DAY + 1):
        found.add(Word(1, Where.GOING, goal=(took, Decimal(1))))
    assert [found.reached(TREATED, number).part for number in (0, 1)] == [1, 3]


def test_what_is_no_note_is_passed_by() -> None:
    made = chart(**STEPS)
    assert added_up([{"pk": {"S": "journey#unpaid"}, "sk": {"S": "r"}, "expires": {"N": "1"}}], lambda _: legend_of(made)) == {}
