"""What pages and mini programs say of how their visitors came."""

import pytest

from chalicelib.campaigns.landing import MAX_LOOKUPS, code_in, completed, recognised
from chalicelib.events.model import Draft, Json, Kind, Record, Refusal

LINK = "abcdefgh23456"
CODE = "c-" + "a2" * 12
CREDIT: Json = {"code": LINK, "campaign": {"id": "618-subway", "source": "subway", "name": "618"}, "inviter": "user_id#u1"}


@pytest.mark.parametrize(
    ("context", "code"),
    [
        ({"url": f"https://shop.example.com/?hl_code={LINK}"}, LINK),
        ({"url": f"https://shop.example.com/a?utm_source=x&hl_code={LINK}&b=1#c"}, LINK),
        ({"url": f"https://shop.example.com/#/a?hl_code={LINK}"}, LINK),
        ({"url": f"pages/index?hl_code={CODE}"}, CODE),
        ({"code": CODE}, CODE),
        ({"code": "618", "url": f"https://shop.example.com/?hl_code={LINK}"}, ""),
        ({"url": f"https://shop.example.com/?xhl_code={LINK}"}, ""),
        ({"url": f"https://shop.example.com/?hl_code={LINK}x"}, ""),
        ({"url": "https://shop.example.com/?hl_code=618"}, ""),
        ({"url": 7}, ""),
        ({"code": [CODE]}, ""),
        ({}, ""),
    ],
)
def test_a_code_is_named_by_the_client_or_stands_in_the_address(context: Json, code: str) -> None:
    assert code_in(context) == code


def test_what_an_event_says_itself_outweighs_what_is_known_of_its_code() -> None:
    context = {"url": "u", "campaign": {"source": "own"}, "inviter": "user_id#u9"}
    assert completed(context, CREDIT) == {
        "url": "u", "code": LINK, "inviter": "user_id#u9", "campaign": {"id": "618-subway", "source": "own", "name": "618"},
    }  # fmt: skip
    assert completed({}, CREDIT) == CREDIT
    assert completed({"campaign": "x"}, CREDIT)["campaign"] == "x"
    assert completed({}, {"code": LINK}) == {"code": LINK}


def draft(context: Json) -> Draft:
    who = (("anonymous_id", "a1"),)
    return Draft(0, Kind.TRACK, "PageViewed", None, None, "", "", who, {}, (), context, {})


def test_records_without_a_code_of_ours_pass_as_they_are() -> None:
    records: list[Record] = [draft({"code": "618"}), Refusal(1, "time_invalid", "no time", {}), draft({"url": "https://shop.example.com/"})]
    assert recognised(records) == records


def test_a_request_full_of_made_up_codes_costs_a_bounded_number_of_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def credit_of(code: str) -> Json:
        asked.append(code)
        return {}

    monkeypatch.setattr("chalicelib.campaigns.landing._credit_of", credit_of)
    made_up = [draft({"code": f"{'a' * 10}{letter}{other}2"}) for letter in "abcdefgh" for other in "abcdefgh"]
    assert recognised(made_up + made_up) == made_up + made_up
    assert len(asked) == MAX_LOOKUPS
