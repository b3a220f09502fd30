"""Random histories of a few people who share phones, change accounts, and unbind: everything drawn from one seed."""

from random import Random

from chalicelib.events.model import AttributeChange, Draft, Kind, Operation
from chalicelib.identifiers import Identifier, identifier

NOON = 1_795_219_200_000  # 2026-11-21T12:00:00Z; the history takes place in the seconds after it

_POOL = (
    *(identifier("user_id", f"u{n}") for n in range(3)),
    *(identifier("unionid", f"U{n}") for n in range(2)),
    *(identifier(f"openid:wx{account}", f"o{n}") for account in "ab" for n in range(2)),
    *(identifier("member:tmall", f"t{n}") for n in range(2)),
    *(identifier("mobile", f"1391234567{n}") for n in range(2)),
    *(identifier("anonymous_id", f"a{n}") for n in range(3)),
    *(identifier("device_id", f"d{n}") for n in range(2)),
)


def scenario(random: Random, most: int = 12) -> list[Draft]:
    """A history of 3 to `most` records in the order in which they are sent; their times (ms) are all different."""
    count = random.randint(3, most)
    times = random.sample(range(NOON, NOON + 40 * count), count)
    if random.random() < 0.5:
        times.sort()
    pool = random.sample(_POOL, random.randint(3, 9))
    return [_draft(number, time, pool, random) for number, time in enumerate(times)]


def _draft(number: int, time: int, pool: list[Identifier], random: Random) -> Draft:
    shown = random.sample(pool, min(len(pool), random.choice((1, 1, 2, 2, 2, 3, 4))))
    unlinks = random.random() < 0.12
    kind = Kind.UNLINK if unlinks else random.choice((Kind.TRACK, Kind.TRACK, Kind.LINK, Kind.PROFILE))
    named = [(one.namespace, one.value) for one in (shown[:1] if unlinks else shown)]
    withdrawn = random.choice(pool)
    return Draft(
        index=0,
        kind=kind,
        name="Scanned",
        time=time,
        sent_at=None,
        id=f"e{number}",
        identity="",
        identifiers=tuple(named),
        properties={},
        attributes=tuple(_change(random) for _ in range(random.choice((0, 0, 1, 2)))),
        context={"channel": "h5"},
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
