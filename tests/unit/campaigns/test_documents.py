"""What a campaign's document may say, and what becomes of its words."""

from typing import Any

import pytest

from chalicelib.campaigns.documents import KIND, Campaign, campaign_of
from chalicelib.definitions.kinds import kind_of
from chalicelib.errors import DocumentInvalid

STARTS, ENDS = "2026-06-01T00:00:00+08:00", "2026-06-19T00:00:00+08:00"
STARTS_MS, ENDS_MS = 1_780_243_200_000, 1_781_798_400_000


def campaign(**document: Any) -> Campaign:
    checked = kind_of(KIND).written({"source": "subway", **document})
    return campaign_of("618-subway", checked)


@pytest.mark.parametrize(
    ("document", "path", "code"),
    [
        ({}, "source", "missing"),
        ({"source": ""}, "source", "string_too_short"),
        ({"source": "x", "colour": "red"}, "colour", "extra_forbidden"),
        ({"source": "x", "targets": ["http://shop.example.com"]}, "targets/0", "address_invalid"),
        ({"source": "x", "targets": ["https://a.example", "https://a@b.example"]}, "targets/1", "address_invalid"),
        ({"source": "x", "targets": ["https://a.example/?q=1"]}, "targets/0", "address_invalid"),
        ({"source": "x", "targets": ["*"]}, "targets/0", "address_invalid"),
        ({"source": "x", "accounts": ["wx 1"]}, "accounts/0", "string_pattern_mismatch"),
        ({"source": "x", "starts": "2026-06-01"}, "starts", "time_invalid"),
        ({"source": "x", "starts": ENDS, "ends": STARTS}, "", "times_reversed"),
        ({"source": "x", "starts": STARTS, "ends": STARTS}, "", "times_reversed"),
    ],
)
def test_a_document_that_cannot_be_obeyed_is_refused_with_its_place(document: Any, path: str, code: str) -> None:
    with pytest.raises(DocumentInvalid) as refused:
        kind_of(KIND).checked(document)
    assert [(one.path, one.code) for one in refused.value.faults] == [(path, code)]


def test_a_page_on_the_developers_machine_may_be_listed() -> None:
    assert campaign(targets=["http://localhost:8080"]).targets[0].origin == "http://localhost:8080"


def test_an_event_tells_the_campaigns_words_that_there_are_and_its_id() -> None:
    assert campaign(medium="poster", content="red").context == {
        "id": "618-subway", "source": "subway", "medium": "poster", "name": "618-subway", "content": "red",
    }  # fmt: skip
    assert campaign(name="618").context["name"] == "618"


def test_a_page_is_told_the_words_in_the_usual_parameters() -> None:
    found = campaign(name="618", term="裙").utm
    assert found == {"utm_source": "subway", "utm_medium": "", "utm_campaign": "618", "utm_content": "", "utm_term": "裙"}


@pytest.mark.parametrize("moment", [(STARTS, ENDS), (STARTS_MS, ENDS_MS)])
def test_a_campaign_runs_from_its_start_until_just_before_its_end(moment: tuple[Any, Any]) -> None:
    found = campaign(starts=moment[0], ends=moment[1])
    assert [found.has_started(at) for at in (STARTS_MS - 1, STARTS_MS)] == [False, True]
    assert [found.is_over(at) for at in (ENDS_MS - 1, ENDS_MS)] == [False, True]


def test_without_times_it_runs_as_long_as_it_is_in_force() -> None:
    assert campaign().has_started(0)
    assert not campaign().is_over(9_999_999_999_999)
    assert campaign_of("x", {"source": "subway"}, in_force=False).is_over(0)


@pytest.mark.parametrize(("accounts", "taken"), [([], True), (["wx1"], True), (["wx2"], False)])
def test_codes_are_for_the_accounts_that_it_names_or_for_any(accounts: list[str], taken: bool) -> None:
    assert campaign(accounts=accounts).takes("wx1") is taken
