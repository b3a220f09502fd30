"""What a contact policy may say, and what it comes to."""

from typing import Any

import pytest

from chalicelib.definitions.kinds import kind_of
from chalicelib.errors import DocumentInvalid
from chalicelib.messages.policy.caps import Cap
from chalicelib.messages.policy.documents import KIND, rules_of
from chalicelib.messages.policy.periods import Period
from chalicelib.messages.policy.rules import DEFAULT_RULES, Basis, Holdout, Interaction, MassQuota, QuietHours
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.pace import Pace
from infra.definition_files import read_folder
from infra.paths import ROOT
from tests.unit.messages.policy.world import DAY, HOUR, MARKETING, SERVICE, TRANSACTIONAL, hours

EXAMPLES = ROOT / "docs" / "examples" / "messages"
NIGHT = {"from": "22:00", "to": "08:00"}


def faults(document: Any) -> list[tuple[str, str]]:
    with pytest.raises(DocumentInvalid) as refused:
        kind_of(KIND).checked(document)
    return [(one.path, one.code) for one in refused.value.faults]


@pytest.mark.parametrize(
    ("document", "path", "code"),
    [
        ({"colour": "red"}, "colour", "extra_forbidden"),
        ({"timezone": "Atlantis"}, "timezone", "timezone_unknown"),
        ({"own_timezones": 1}, "own_timezones", "bool_type"),
        ({"quiet_hours": [{"from": "22:00"}]}, "quiet_hours/0/to", "missing"),
        ({"quiet_hours": [NIGHT, {**NIGHT, "to": "8:00"}]}, "quiet_hours/1/to", "time_invalid"),
        ({"quiet_hours": [{**NIGHT, "from": "24:30"}]}, "quiet_hours/0/from", "time_invalid"),
        ({"quiet_hours": [{"from": "22:00", "to": "22:00"}]}, "quiet_hours/0/from", "hours_empty"),
        ({"quiet_hours": [{"from": "24:00", "to": "08:00"}]}, "quiet_hours/0/from", "hours_empty"),
        ({"quiet_hours": [{**NIGHT, "days": []}]}, "quiet_hours/0/days", "too_short"),
        ({"quiet_hours": [{**NIGHT, "days": ["mon", "someday"]}]}, "quiet_hours/0/days/1", "literal_error"),
        ({"quiet_hours": [{**NIGHT, "action": "shout"}]}, "quiet_hours/0/action", "literal_error"),
        ({"quiet_hours": [{**NIGHT, "except": {"channels": ["smoke"]}}]}, "quiet_hours/0/except/channels/0", "enum"),
        ({"quiet_hours": [{"from": "00:00", "to": "24:00"}]}, "quiet_hours", "hours_never_open"),
        ({"quiet_hours": [{"from": "00:00", "to": "12:00"}, {"from": "12:00", "to": "00:00"}]}, "quiet_hours", "hours_never_open"),
        ({"quiet_hours": [NIGHT], "marketing_sms_hours": {"from": "22:00", "to": "08:00"}}, "marketing_sms_hours", "hours_never_open"),
        ({"marketing_sms_hours": {"from": "09:00", "to": "20:00", "timezone": "x"}}, "marketing_sms_hours/timezone", "timezone_unknown"),
        ({"marketing_sms_hours": None}, "marketing_sms_hours", "null_forbidden"),
        ({"caps": [{"within": "day"}]}, "caps/0/limit", "missing"),
        ({"caps": [{"limit": 0, "within": "day"}]}, "caps/0/limit", "greater_than_equal"),
        ({"caps": [{"limit": 51, "within": "day"}]}, "caps/0/limit", "less_than_equal"),
        ({"caps": [{"limit": 1, "within": "year"}]}, "caps/0/within", "within_invalid"),
        ({"caps": [{"limit": 1, "within": "91d"}]}, "caps/0/within", "within_too_long"),
        ({"caps": [{"limit": 1, "within": "day", "category": "spam"}]}, "caps/0/category", "enum"),
        ({"holdout": {"share": 0.6, "salt": "x"}}, "holdout/share", "less_than_equal"),
        ({"holdout": {"share": 0, "salt": "x"}}, "holdout/share", "greater_than"),
        ({"holdout": {"share": 0.1}}, "holdout/salt", "missing"),
        ({"template_interaction": {"within": "soon"}}, "template_interaction/within", "duration_invalid"),
        ({"mass_quota": {"limit": 5}}, "mass_quota/limit", "less_than_equal"),
        ({"mass_quota": {"split": {"content": 3, "activity": 2}}}, "mass_quota/split", "split_too_large"),
        ({"mass_quota": {"split": {"content": -1}}}, "mass_quota/split/content", "greater_than_equal"),
        ({"consent": {"marketing": {"sms": "never"}}}, "consent/marketing/sms", "enum"),
    ],
)
def test_a_policy_that_cannot_be_obeyed_is_refused_with_its_place(document: Any, path: str, code: str) -> None:
    assert faults(document) == [(path, code)]


def test_a_policy_that_says_nothing_is_the_one_that_holds_without_any() -> None:
    assert rules_of({}) == DEFAULT_RULES


def test_what_a_policy_says_is_what_is_obeyed() -> None:
    rules = rules_of(
        {
            "timezone": "Asia/Tokyo",
            "own_timezones": False,
            "quiet_hours": [
                {**NIGHT, "days": ["fri", "sat"], "action": "drop", "except": {"categories": ["service", "transactional"]}},
                {**NIGHT, "except": {"channels": ["popup"]}},
            ],
            "marketing_sms_hours": {"from": "10:00", "to": "18:30", "timezone": "Asia/Tokyo"},
            "caps": [
                {"category": "marketing", "limit": 3, "within": "7d"},
                {"channel": "sms", "limit": 1, "within": "day", "action": "wait"},
            ],
            "holdout": {"share": 0.1, "salt": "x", "categories": ["marketing", "service"]},
            "template_interaction": {"within": "48h", "categories": ["marketing"]},
            "mass_quota": {"limit": 3, "split": {"content": 2}},
            "consent": {"marketing": {"push": "assumed"}},
        }
    )
    assert str(rules.zone) == str(rules.sms_zone) == "Asia/Tokyo"
    assert not rules.own_zones
    assert rules.quiet_hours == (
        QuietHours(hours("22:00", "08:00", 4, 5), drops=True, free_categories=frozenset({SERVICE, TRANSACTIONAL})),
        QuietHours(hours("22:00", "08:00"), free_channels=frozenset({ChannelName.POPUP})),
    )
    assert rules.marketing_sms == hours("10:00", "18:30")
    assert rules.caps == (Cap("caps/0", 3, 7 * DAY, MARKETING), Cap("caps/1", 1, Period.DAY, channel=ChannelName.SMS, waits=True))
    assert rules.holdout == Holdout(0.1, "x", frozenset({MARKETING, SERVICE}))
    assert rules.template_interaction == Interaction(48 * HOUR, frozenset({MARKETING}))
    assert rules.mass_quota == MassQuota(3, {"content": 2})
    assert [rules.basis(MARKETING, one) for one in (ChannelName.PUSH, ChannelName.SMS)] == [Basis.ASSUMED, Basis.ASKED]


def test_where_time_goes_faster_so_do_caps_but_not_the_calendar() -> None:
    document = {"caps": [{"limit": 1, "within": "24h"}, {"limit": 1, "within": "day"}], "template_interaction": {"within": "48h"}}
    rules = rules_of(document, Pace(24))
    assert [one.within for one in rules.caps] == [HOUR, Period.DAY]
    assert rules.template_interaction == Interaction(2 * HOUR)


def test_one_policy_is_in_force_at_a_time() -> None:
    assert list(kind_of(KIND).claims(kind_of(KIND).checked({}))) == [KIND]


def test_the_same_document_is_kept_the_same_every_time() -> None:
    document = {
        "quiet_hours": [
            {**NIGHT, "days": ["sun", "mon", "sat"], "except": {"categories": ["transactional", "service"], "channels": ["popup"]}}
        ],
        "consent": {"service": {"sms": "asked", "push": "asked"}},
    }
    assert kind_of(KIND).written(document) == document


def test_the_schemas_example_is_accepted_as_it_is() -> None:
    kind = kind_of(KIND)
    (example,) = kind.model.model_json_schema()["examples"]
    assert kind.written(example) == example
    assert rules_of(example).mass_quota.split == {"content": 2, "activity": 2}


def test_the_documentations_example_is_accepted_as_it_is() -> None:
    found = [one for one in read_folder(EXAMPLES) if one.kind == KIND]
    assert found
    for one in found:
        assert kind_of(KIND).written(one.document) == one.document
        assert len(rules_of(one.document).caps) == 4


@pytest.mark.parametrize("category", list(Category))
def test_every_category_has_its_defaults_of_consent(category: Category) -> None:
    needs_a_yes = {one for one in ChannelName if DEFAULT_RULES.basis(category, one) is Basis.ASKED}
    assert needs_a_yes == ({ChannelName.SMS, ChannelName.PUSH} if category is MARKETING else set())
