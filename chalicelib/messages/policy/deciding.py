"""One decision: whether a message goes out now, by which channel and to which address. Pure.

    match decide(asked, facts, rules, now):
        case Send(route, address, use): ...      # queue it, and reserve `use`, in one write
        case Defer(until): ...                   # ask again then
        case Refuse(reason, reasons): ...        # never

Routes are looked at in the message's order, the person's favourite first, and of each route the addresses, the most lately active one
first. The first that nothing stands in the way of carries the message. One that only has to wait carries it too, later: no other channel
is looked for to get round a wait. The same facts in any order give the same decision.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from chalicelib.messages.policy.cases import Case, Option
from chalicelib.messages.policy.checks import MESSAGE_CHECKS, OPTION_CHECKS
from chalicelib.messages.policy.decisions import Decision, Defer, Finding, Reason, Refuse, Send, Verdict
from chalicelib.messages.policy.model import Address, Asked, ContactFacts, Route
from chalicelib.messages.policy.rules import ContactRules
from chalicelib.messages.policy.sends import Use

MAX_WAITS: Final = 64  # one after another: hours that end when others begin
_PLACES: Final = {reason: place for place, (reason, _) in enumerate(OPTION_CHECKS)}


def decide(asked: Asked, facts: ContactFacts, rules: ContactRules, now: int) -> Decision:
    """What becomes of a message at `now` (epoch ms)."""
    case = Case(asked, facts, rules, now)
    trail = list(_of_message(case))
    if (last := trail[-1].found).verdict is not Verdict.PASSES:
        return _ended(case, trail, last.until)
    for option in options(asked, facts):
        trail += _of_option(case, option)
        verdict = trail[-1].found.verdict
        match verdict:
            case Verdict.PASSES:
                return _sent(case, option, trail)
            case Verdict.WAITS:
                return _ended(case, trail, _settled(case, option))
            case Verdict.STOPS:
                return _ended(case, trail, None)
    return _ended(case, trail, None)


def options(asked: Asked, facts: ContactFacts) -> Iterator[Option]:
    """The ways that a message may take, best first. A route without address is one too, so that its reason is told."""
    for route in _in_order(asked):
        mine = [one for one in facts.addresses if one.serves(route)]
        for address in sorted(mine, key=_liveliest) or [Address(route.channel, "", route.account)]:
            yield Option(route, address)


def _in_order(asked: Asked) -> list[Route]:
    liked = None if asked.strict else asked.preferred
    return sorted(asked.routes, key=lambda route: route.channel is not liked)


def _liveliest(address: Address) -> tuple[int, str, str]:
    return -address.active_at, address.account, address.value


def _of_message(case: Case) -> Iterator[Finding]:
    """The checks of the message, up to the first that it does not pass."""
    for reason, check in MESSAGE_CHECKS:
        found = check(case)
        yield Finding(reason, found)
        if found.verdict is not Verdict.PASSES:
            return


def _of_option(case: Case, option: Option) -> Iterator[Finding]:
    for reason, check in OPTION_CHECKS:
        found = check(case, option)
        yield Finding(reason, found, option.route, option.to.value)
        if found.verdict is not Verdict.PASSES:
            return


def _settled(case: Case, option: Option) -> int | None:
    """When nothing makes this option wait any longer, if all stays as it is; None if that is never."""
    at = case.now
    for _ in range(MAX_WAITS):
        *_, last = _of_option(replace(case, now=at), option)
        if last.found.verdict is not Verdict.WAITS or last.found.until is None:
            return at
        at = last.found.until
    return None


def _sent(case: Case, option: Option, trail: list[Finding]) -> Send:
    asked, route = case.asked, option.route
    use = Use(case.now, asked.message, len(asked.tried), asked.category, route.channel, route.account, asked.split)
    caps = tuple(one.name for one in case.rules.caps if one.counts(asked.category, route.channel))
    return Send(route, option.to.value, use, caps, tuple(trail))


def _ended(case: Case, trail: list[Finding], until: int | None) -> Decision:
    """Later at `until`, unless the message is worth nothing by then."""
    last, findings = trail[-1], tuple(trail)
    if until is not None and (case.asked.expires is None or until < case.asked.expires):
        return Defer(until, last.check, findings)
    return Refuse(last.check, _by_route(trail), findings)


def _by_route(trail: list[Finding]) -> tuple[tuple[Route, Reason], ...]:
    """Of each route the reason of the address that came furthest."""
    found: dict[Route, Reason] = {}
    for one in trail:
        if one.route is not None and one.found.verdict is not Verdict.PASSES:
            before = found.get(one.route)
            if before is None or _PLACES[one.check] > _PLACES[before]:
                found[one.route] = one.check
    return tuple(found.items())
