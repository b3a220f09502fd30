"""Random histories of a few people who share phones, change accounts, and unbind: everything drawn from one seed."""

from dataclasses import dataclass
from random import Random
from typing import Final

from chalicelib.events.model import AttributeChange, Draft, Kind, Operation
from chalicelib.identifiers import Identifier, identifier

NOON: Final = 1_795_219_200_000  # 2026-11-21T00:00:00Z; the history takes place in the seconds after it

_FEW: Final = (
    *(identifier("user_id", f"u{n}") for n in range(3)),
    *(identifier("unionid", f"U{n}") for n in range(2)),
    *(identifier(f"openid:wx{account}", f"o{n}") for account in "ab" for n in range(2)),
    *(identifier("member:tmall", f"t{n}") for n in range(2)),
    *(identifier("mobile", f"1391234567{n}") for n in range(2)),
    *(identifier("anonymous_id", f"a{n}") for n in range(3)),
    *(identifier("device_id", f"d{n}") for n in range(2)),
)
_MANY: Final = (
    *_FEW,
    *(identifier("user_id", f"u{n}") for n in range(3, 10)),
    *(identifier("email", f"e{n}@example.cn") for n in range(7)),
    *(identifier("anonymous_id", f"a{n}") for n in range(3, 30)),
    *(identifier("device_id", f"d{n}") for n in range(2, 12)),
)


@dataclass(frozen=True, slots=True)
class Plot:
    """What kind of history it is, and how it comes in. Pairs are bounds; what is drawn from a tuple is as likely as it is frequent there.

    `shown`: identifiers of a record; `unlinks`: the share of records that unbind; `changes`: attribute changes of a record; `request` and
    `batch`: the most records of one request, of one delivery; `late`: the chance that a delivery comes again hours later; `danger`
    scales the chance of a death: work of many steps must come to an end now and then.
    """

    records: tuple[int, int]
    pool: tuple[Identifier, ...] = _FEW
    drawn: tuple[int, int] = (3, 9)
    shown: tuple[int, ...] = (1, 1, 2, 2, 2, 3, 4)
    unlinks: float = 0.12
    changes: tuple[int, ...] = (0, 0, 1, 2)
    request: int = 4
    batch: int = 6
    late: float = 0.05
    danger: float = 1.0


PLOTS: Final = {
    "family": Plot((3, 12)),
    "years": Plot((13, 35), drawn=(3, 18), danger=0.25),
    "unbinding": Plot((5, 25), unlinks=0.45, danger=0.5),
    "hot": Plot((60, 120), drawn=(1, 3), shown=(1, 1, 1, 2), unlinks=0.01, changes=(0,) * 9 + (1,), request=50, batch=100, late=0.2),
    "crowd": Plot((4, 12), pool=_MANY, drawn=(20, 50), shown=(2, 4, 8, 16), unlinks=0.1, request=12, batch=12, danger=0.1),
}


def scenario(plot: Plot, random: Random) -> list[Draft]:
    """A history in the order in which its records are sent; their times (ms) are all different."""
    count = random.randint(*plot.records)
    times = random.sample(range(NOON, NOON + 40 * count), count)
    if random.random() < 0.5:
        times.sort()
    pool = random.sample(plot.pool, random.randint(*plot.drawn))
    return [_draft(plot, number, time, pool, random) for number, time in enumerate(times)]


def _draft(plot: Plot, number: int, time: int, pool: list[Identifier], random: Random) -> Draft:
    shown = random.sample(pool, min(len(pool), random.choice(plot.shown)))
    unlinks = random.random() < plot.unlinks
    kind = Kind.UNLINK if unlinks else random.choice((Kind.TRACK, Kind.TRACK, Kind.LINK, Kind.PROFILE))
    named = [(one.namespace, one.value) for one in (shown[:1] if unlinks else shown)]
    withdrawn = random.choice(pool)
    return Draft(
        index=0,
        kind=kind,
        name=random.choice(("Scanned", "Clicked")),
        time=time,
        sent_at=None,
        id=f"e{number}",
        identity="",
        identifiers=tuple(named),
        properties={"key": random.choice(("dress", "bag")), "amount": random.randint(1, 9)},
        attributes=tuple(_change(random) for _ in range(random.choice(plot.changes))),
        context={"channel": random.choice(("h5", "app"))},
        raw={},
        unlink=((withdrawn.namespace, withdrawn.value),) if unlinks else (),
        verified=random.choice((None, frozenset[str]())),
    )


def _change(random: Random) -> AttributeChange:
    operation = random.choice(list(Operation))
    name = "*" if operation is Operation.CLEAR else random.choice(("points", "city"))
    operand: object = None
    if operation in {Operation.SET, Operation.SET_ONCE, Operation.INCREMENT}:
        operand = random.randint(1, 9)
    elif operation is Operation.APPEND:
        operand = [random.choice("xyz")]
    return AttributeChange(operation, name, operand)
