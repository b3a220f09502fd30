"""What holds for every message, person, policy and time."""

from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from random import Random
from typing import TypeVar

from hypothesis import given, settings

from chalicelib.messages.policy.calendars import Calendar
from chalicelib.messages.policy.caps import used
from chalicelib.messages.policy.checks import MESSAGE_CHECKS, OPTION_CHECKS
from chalicelib.messages.policy.checks_of_addresses import FAN_CHANNELS
from chalicelib.messages.policy.deciding import decide
from chalicelib.messages.policy.decisions import Decision, Defer, Finding, Refuse, Send, Verdict
from chalicelib.messages.policy.model import Consent, ContactFacts, Tried
from chalicelib.messages.policy.periods import Period
from chalicelib.messages.policy.rules import ContactRules
from chalicelib.messages.policy.sends import NOTHING_SENT, Use, released, reserved
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.zones import zone
from tests.unit.messages.policy import world
from tests.unit.messages.policy.chance import SPLITS, ZONES, World, chances, policy, worlds
from tests.unit.messages.policy.world import DAY, SHANGHAI, fan, person, phone

T = TypeVar("T")
ORDER = [reason for reason, _ in OPTION_CHECKS]
many = settings(max_examples=300)


def local(facts: ContactFacts, rules: ContactRules, now: int) -> datetime:
    place = zone(facts.timezone) if rules.own_zones and facts.timezone else rules.zone
    return datetime.fromtimestamp(now / 1000, place)


@many
@given(worlds)
def test_nothing_goes_out_in_quiet_hours_by_the_clock_on_the_persons_wall(told: World) -> None:
    asked, facts, rules, now = told
    decision = decide(asked, facts, rules, now)
    if not isinstance(decision, Send):
        return
    clock = local(facts, rules, now)
    minute, today = clock.hour * 60 + clock.minute, clock.weekday()
    for quiet in rules.quiet_hours if asked.category is not Category.TRANSACTIONAL else ():
        if decision.route.channel in (ChannelName.POPUP, ChannelName.WEBHOOK):
            continue
        start, end, days = quiet.hours.start, quiet.hours.end, quiet.hours.days
        evening = today in days and minute >= start and (minute < end or end <= start)
        morning = (today - 1) % 7 in days and end <= start and minute < end
        assert not evening
        assert not morning


@many
@given(worlds)
def test_nothing_goes_out_against_a_no_or_without_the_yes_that_it_needs(told: World) -> None:
    asked, facts, rules, now = told
    decision = decide(asked, facts, rules, now)
    if not isinstance(decision, Send):
        return
    about = [one for one in facts.consents if one.channel in (None, decision.route.channel) and one.category in (None, asked.category)]
    newest = [one for one in about if one.at == max(each.at for each in about)]
    assert all(one.granted for one in newest)
    if asked.category is Category.MARKETING and decision.route.channel in (ChannelName.SMS, ChannelName.PUSH):
        assert newest


@many
@given(worlds)
def test_who_left_gets_nothing_by_wechat_but_what_they_allowed_since(told: World) -> None:
    asked, facts, rules, now = told
    decision = decide(asked, facts, rules, now)
    if not isinstance(decision, Send) or decision.route.channel not in FAN_CHANNELS:
        return
    mine = [one for one in facts.addresses if one.value == decision.address and one.serves(decision.route)]
    allowed = [one.permissions[decision.route.template] for one in mine if decision.route.channel is ChannelName.SUBSCRIBE]
    assert any(one.following is not False for one in mine) or any(one.allows for one in allowed)


@many
@given(worlds)
def test_a_message_that_may_have_gone_out_never_goes_out_again(told: World) -> None:
    asked, facts, rules, now = told
    decision = decide(asked, facts, rules, now)
    results = {one.result for one in asked.tried}
    if results & {Tried.UNKNOWN, Tried.DELIVERED}:
        assert not isinstance(decision, Send)
    if isinstance(decision, Send) and Tried.SENT in results:
        assert asked.fallback.receipt_within is not None
        assert all(one.at + asked.fallback.receipt_within <= now for one in asked.tried if one.result is Tried.SENT)
    if isinstance(decision, Send):
        assert not any(
            (one.channel, one.account) == (decision.route.channel, decision.route.account) and one.result is not Tried.NOT_SENT
            for one in asked.tried
        )


@many
@given(worlds, chances)
def test_the_order_of_facts_does_not_matter(told: World, chance: Random) -> None:
    asked, facts, rules, now = told

    def mixed(some: tuple[T, ...]) -> tuple[T, ...]:
        return tuple(chance.sample(some, len(some)))

    other = replace(
        facts,
        addresses=mixed(facts.addresses),
        consents=mixed(facts.consents),
        suppressions=mixed(facts.suppressions),
        sends=replace(facts.sends, uses=mixed(facts.sends.uses)),
    )
    assert _kind(decide(asked, facts, rules, now)) == _kind(decide(asked, other, rules, now))


def _kind(decision: Decision) -> object:
    match decision:
        case Send():
            return decision.route, decision.address, decision.use
        case Defer():
            return decision.until, decision.reason
        case Refuse():
            return decision.reason, set(decision.reasons)


@many
@given(worlds)
def test_an_explanation_tells_every_check_in_order_and_ends_with_the_reason(told: World) -> None:
    asked, facts, rules, now = told
    decision = decide(asked, facts, rules, now)
    *before, last = decision.findings
    assert (last.found.verdict is Verdict.PASSES) is isinstance(decision, Send)
    if not isinstance(decision, Send):
        assert last.check is decision.reason
    assert all(one.found.verdict in (Verdict.PASSES, Verdict.REFUSES) for one in before)
    of_message = [one.check for one in decision.findings if one.route is None]
    assert of_message == [reason for reason, _ in MESSAGE_CHECKS][: len(of_message)]
    for run in _runs([one for one in decision.findings if one.route is not None]):
        assert [one.check for one in run] == ORDER[: len(run)]
        assert all(one.found.verdict is Verdict.PASSES for one in run[:-1])


def _runs(findings: list[Finding]) -> list[list[Finding]]:
    """Those of one address each: every one begins with the first check."""
    starts = [place for place, one in enumerate(findings) if one.check is ORDER[0]]
    return [findings[start:end] for start, end in pairwise([*starts, len(findings)])]


@many
@given(worlds)
def test_when_a_wait_is_over_the_check_that_made_it_passes(told: World) -> None:
    asked, facts, rules, now = told
    first = decide(asked, facts, rules, now)
    if not isinstance(first, Defer):
        return
    assert first.until > now
    again = decide(asked, facts, rules, first.until)
    waiting = first.findings[-1]
    same = [one for one in again.findings if (one.check, one.route, one.address) == (waiting.check, waiting.route, waiting.address)]
    assert all(one.found.verdict is not Verdict.WAITS for one in same)


@many
@given(worlds)
def test_where_nothing_but_time_is_in_the_way_a_message_waits_once(told: World) -> None:
    asked, facts, rules, now = told
    lasting = replace(facts, addresses=(fan(active_at=now + DAY), phone()), suppressions=(), consents=(Consent(True, 0, "form"),))
    message = replace(asked, routes=(world.TEMPLATE,), tried=(), expires=None)
    first = decide(message, lasting, replace(rules, template_interaction=None), now)
    if isinstance(first, Defer):
        assert not isinstance(decide(message, lasting, replace(rules, template_interaction=None), first.until), Defer)


@many
@given(chances)
def test_no_sequence_of_messages_gets_past_a_cap_or_a_month_of_mass_messages(chance: Random) -> None:
    rules, name = policy(chance), chance.choice(ZONES)
    everywhere = person(fan(), fan(ChannelName.MASS), phone(), world.device(), consents=(Consent(True, 0, "form"),), timezone=name)
    now, sends, gone = world.NOW, NOTHING_SENT, list[Use]()
    for number in range(40):
        now += chance.randrange(chance.choice((world.MINUTE, DAY)))
        route, category = chance.choice((world.TEMPLATE, world.SMS, world.PUSH, world.MASS)), chance.choice(list(Category))
        message = world.asked(route, category=category, message=f"m{number}", split=chance.choice(SPLITS))
        facts = replace(everywhere, sends=sends, addresses=tuple(replace(one, active_at=now) for one in everywhere.addresses))
        decision = decide(message, facts, rules, now)
        if not isinstance(decision, Send):
            continue
        sends = reserved(sends, decision.use)
        if chance.random() < 0.3:
            sends = released(sends, decision.use.message, decision.use.attempt)
        else:
            gone.append(decision.use)
        for cap in rules.caps:
            assert used(cap, sends, now, Calendar(zone(name) if rules.own_zones and name else rules.zone)) <= cap.limit
    _within_caps(rules, gone)


def _within_caps(rules: ContactRules, gone: list[Use]) -> None:
    """By the plainest count: of each time before now, and of each month of mass messages."""
    for cap in rules.caps:
        times = [one.at for one in gone if cap.counts(one.category, one.channel)]
        if not isinstance(cap.within, Period):
            assert all(sum(end - cap.within < one <= end for one in times) <= cap.limit for end in times)
    months = [datetime.fromtimestamp(one.at / 1000, SHANGHAI).strftime("%Y-%m") for one in gone if one.channel is ChannelName.MASS]
    assert all(months.count(one) <= rules.mass_quota.limit for one in months)


@many
@given(worlds)
def test_a_decision_is_the_same_when_it_is_made_again(told: World) -> None:
    assert decide(*told) == decide(*told)
    decision = decide(*told)
    if isinstance(decision, Send):
        asked, facts, rules, now = told
        after = replace(facts, sends=reserved(facts.sends, decision.use))
        assert _kind(decide(asked, after, rules, now)) == _kind(decision)
