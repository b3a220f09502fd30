"""A decision as people and programs read it. Pure."""

from chalicelib.events.clock import rfc3339
from chalicelib.events.model import Json
from chalicelib.messages.policy.decisions import Decision, Defer, Finding, Refuse, Send
from chalicelib.messages.policy.model import Route


def shown(decision: Decision) -> Json:
    """What was decided and every check that was made for it. Addresses are not in it."""
    match decision:
        case Send():
            found: Json = {"decision": "send", **_route(decision.route), "caps": list(decision.caps)}
        case Defer():
            found = {"decision": "defer", "until": rfc3339(decision.until), "reason": decision.reason.value}
        case Refuse():
            reasons = [{**_route(route), "reason": reason.value} for route, reason in decision.reasons]
            found = {"decision": "refuse", "reason": decision.reason.value, "reasons": reasons}
    return {**found, "checks": _checks(decision.findings)}


def _route(route: Route) -> Json:
    return {"channel": route.channel.value, "account": route.account}


def _checks(findings: tuple[Finding, ...]) -> list[Json]:
    """`address` numbers those of one route, in the order in which they were looked at."""
    addresses: dict[Route, dict[str, int]] = {}
    made = []
    for one in findings:
        line: Json = {"check": one.check.value, "verdict": one.found.verdict.value, "found": one.found.numbers}
        if one.route is not None:
            numbers = addresses.setdefault(one.route, {})
            line |= {**_route(one.route), "address": numbers.setdefault(one.address, len(numbers) + 1)}
        made.append(line)
    return made
