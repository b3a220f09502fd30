"""Random people and random conditions about them, close to every boundary: few names, few values, times that are windows apart."""

from hypothesis import strategies as st

from chalicelib.events.model import Event, Json, Kind
from chalicelib.identifiers import identifier
from tests.support.asking import FAN, NOW, happened
from tests.support.naive import Subject, duration

NAMES = ("Scanned", "Paid", "Scanned", "Paid", "WechatSubscribed", "WechatUnsubscribed", "$segment_entered")
DURATIONS = ("10s", "20s", "1m", "1h")
IDENTIFIERS = (FAN, identifier("openid:wx2", "o2"), identifier("mobile", "13800138001"), identifier("device_id", "d1"))
WORDS = ("x", "xy", "裙子", "3")
VALUES = st.sampled_from((*WORDS, 1, 2, 3, -2, 0.5, 2.0, 99.99, True, False, None, [1, "x"], {"k": 1}))
AMOUNTS = st.sampled_from((1, 1, 2, -2, 0.5, 99.99, "3", "x", None, True))
NUMBERS = st.sampled_from((-2, 0, 1, 2, 3, 0.5, 99.99, 100))
SUMS_ASKED = st.sampled_from((0, 0.5, 1, 1, 2, 2, 3, 4, 100, -1))
WORD = st.sampled_from(WORDS)
DURATION = st.sampled_from(DURATIONS)
SCALAR = st.sampled_from((*WORDS, 1, 2, 3, 0.5, True))

_distances = st.one_of(
    st.integers(-5, 5),
    st.builds(lambda text, off: duration(text) + off, DURATION, st.integers(-1, 1)),
    st.builds(lambda one, two, off: duration(one) + duration(two) + off, DURATION, DURATION, st.integers(-1, 1)),
    st.integers(-1_000, 30_000),
    st.integers(-1_000, 90_000),
)


def _event(number: int, name: str, distance: int, kind: Kind, who: frozenset[int], values: Json) -> Event:
    properties = {"k": values["k"], "amount": values["amount"], "o": {"k": values["k"]}, "segment": values["k"]}
    kind = Kind.DERIVED if name.startswith("$") else kind
    by = [IDENTIFIERS[place] for place in sorted(who)]
    return happened(name, NOW - distance, number=number, kind=kind, by=by, context={"channel": values["channel"]}, **properties)


@st.composite
def histories(draw: st.DrawFn, shortest: int = 0, longest: int = 12) -> list[Event]:
    """Events of one person in the order in which they came in, which is not that of their times."""
    kinds = st.sampled_from((Kind.TRACK, Kind.TRACK, Kind.TRACK, Kind.LINK, Kind.PROFILE))
    values = st.fixed_dictionaries({"k": VALUES, "amount": AMOUNTS, "channel": st.sampled_from(("h5", "app", None))})
    one = st.tuples(st.sampled_from(NAMES), _distances, kinds, st.frozensets(st.integers(0, 3), min_size=1, max_size=2), values)
    return [_event(number, *parts) for number, parts in enumerate(draw(st.lists(one, min_size=shortest, max_size=longest)))]


@st.composite
def subjects(draw: st.DrawFn) -> Subject:
    """People with a history, attributes and results of earlier rules."""
    attributes = draw(st.dictionaries(st.sampled_from(("city", "level", "push_token")), VALUES.filter(lambda value: value is not None)))
    return Subject(
        events=draw(histories(shortest=draw(st.sampled_from((0, 4, 6, 8))))),
        attributes=attributes | {"address": {"city": draw(WORD)}},
        manual=draw(st.dictionaries(WORD, st.just(NOW))),
        touches={"first_touch": {"campaign": {"source": draw(WORD)}}},
        scores={"activity": draw(NUMBERS)},
        bands=draw(st.dictionaries(st.just("activity"), WORD)),
        tags=draw(st.dictionaries(WORD, st.sampled_from(("", "x")))),
        derived=draw(st.dictionaries(st.sampled_from(("city", "taste")), WORD)),
        stage=draw(WORD),
        segments=draw(st.frozensets(WORD)),
    )


def _numeric(most: st.SearchStrategy[int] | st.SearchStrategy[int | float]) -> st.SearchStrategy[Json]:
    names = st.sampled_from(("gte", "lt", "gt", "lte", "gte", "lt", "eq", "ne"))
    return st.one_of(
        *[st.builds(lambda name, operand: {name: operand}, names, most)] * 3, st.dictionaries(names, most, min_size=1, max_size=2)
    )


OPERANDS = st.one_of(
    st.builds(lambda name, operand: {name: operand}, st.sampled_from(("eq", "ne")), SCALAR | st.just([1, "x"])),
    st.builds(
        lambda name, operand: {name: operand},
        st.sampled_from(("gt", "gte", "lt", "lte", "contains", "starts_with")),
        st.sampled_from((*WORDS, 1, 2, 0.5)),
    ),
    st.builds(lambda name, operand: {name: operand}, st.sampled_from(("in", "not_in")), st.lists(SCALAR, min_size=1, max_size=3)),
    st.builds(lambda yes: {"exists": yes}, st.booleans()),
    st.sampled_from(({"matches": "^x"}, {"matches": "[23]"}, {"gte": 1, "lt": 3}, {"exists": True, "ne": "x"})),
)
WHERE = st.dictionaries(st.sampled_from(("k", "properties.o.k", "amount", "context.channel")), OPERANDS | SCALAR, max_size=2)
NAMED = st.builds(lambda name: {"event": name}, st.sampled_from(("*", *NAMES[:4])))
ONE_EVENT = st.one_of(
    *[NAMED] * 4,  # most filters let nothing through
    st.builds(lambda name, where: {"event": name, "where": where}, st.sampled_from(("*", *NAMES[:-1])), WHERE),
    st.builds(lambda name: {"event": "$segment_entered", "where": {"segment": name}}, WORD),
)
COUNT = st.one_of(st.integers(1, 4), _numeric(st.integers(0, 4)))
WINDOW = st.one_of(
    st.builds(lambda length: {"within": length}, DURATION), st.builds(lambda length: {"within": length}, DURATION), st.just({})
)
COUNTS = st.builds(
    lambda event, rest, window: event | rest | window, ONE_EVENT, st.fixed_dictionaries({}, optional={"count": COUNT}), WINDOW
)
SUMS = st.builds(
    lambda event, path, tests, rest: event | {"sum": path} | tests | rest,
    ONE_EVENT,
    st.sampled_from((*["amount"] * 6, "properties.o.k", "context.channel")),
    _numeric(SUMS_ASKED),
    WINDOW,
)
STEPS = st.builds(lambda event, rest: event | rest, ONE_EVENT, st.fixed_dictionaries({}, optional={"count": st.integers(1, 2)}))
SEQUENCES = st.builds(
    lambda steps, span, last: {"sequence": steps, **span, **last},
    st.one_of(st.lists(NAMED, min_size=2, max_size=2), st.lists(STEPS, min_size=2, max_size=3)),
    st.one_of(st.just({}), WINDOW),
    st.one_of(st.just({}), *[st.builds(lambda length: {"last": length}, DURATION)] * 3),
)
ATTRIBUTES = st.builds(
    lambda name, tests: {"attribute": name} | tests,
    st.sampled_from(("city", "level", "address.city", "taste", "$first_touch.campaign.source", "$arrival.channel")),
    OPERANDS,
)
SEEN = st.builds(
    lambda which, how, length: {which: {how: length}},
    st.sampled_from(("last_seen", "first_seen")),
    st.sampled_from(("before", "within")),
    DURATION,
)
RESULTS = st.one_of(
    st.builds(lambda tag: {"tag": tag}, WORD),
    st.builds(lambda tag, by: {"tag": tag, "by": by}, WORD, st.sampled_from(("rule", "manual"))),
    st.builds(lambda tag: {"tag": tag, "eq": "x"}, WORD),
    st.builds(lambda tests: {"score": "activity"} | tests, _numeric(NUMBERS)),
    st.builds(lambda band: {"score": "activity", "band": band}, WORD),
    st.builds(lambda name: {"segment": name}, WORD.filter(str.isascii)),
    st.builds(lambda stage: {"lifecycle": stage}, WORD),
)
CONTACTS = st.one_of(
    st.builds(
        lambda name, yes: {"identifier": name, "exists": yes}, st.sampled_from(("openid", "openid:wx2", "mobile", "email")), st.booleans()
    ),
    st.builds(lambda channel: {"reachable": channel}, st.sampled_from(("sms", "push", "email", "template", "mass"))),
)
HAPPENINGS = st.one_of(COUNTS, COUNTS, SUMS, SEQUENCES, SEEN)
SIMPLE = st.one_of(HAPPENINGS, HAPPENINGS, HAPPENINGS, ATTRIBUTES, RESULTS, CONTACTS)
CONDITIONS: st.SearchStrategy[Json] = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda part: {"not": part}, inner),
    ),
    max_leaves=6,
)
