"""Codes on demand, from the request to the stored item: made once, finished after a crash, renewed, listed, and counted."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

import app as application
from chalicelib.access import keys
from chalicelib.access.model import Scope
from chalicelib.campaigns import making, platform, store
from chalicelib.campaigns.model import CODE_ID, MAX_PERMANENT, Asked
from chalicelib.campaigns.records import QuotaRecord, quota_key
from chalicelib.campaigns.refusals import WechatBusy, WechatLimited, WechatRefused
from chalicelib.wechat.error_numbers import VERDICTS
from chalicelib.wechat.errors import Dropped, LimitReached, TryAgain
from tests.support.aws import Stack, memory_stack
from tests.support.codes import APPID, DoubleWechat, double, put_in_force
from tests.support.crashes import killed_at, writes_of
from tests.support.gateway import NOW, Gateway, Reply

DAY = 86_400_000
FAN = {"namespace": f"openid:{APPID}", "value": "oFan-0000_mulan"}


@dataclass(slots=True)
class Desk:
    """An operator with an account and a campaign in force, and WeChat's double."""

    stack: Stack
    gateway: Gateway
    wechat: DoubleWechat

    def ask(self, now: int = NOW, **wanted: Any) -> Reply:
        self.gateway.now = now
        return self.gateway.call("POST", "/v1/codes", {"account": APPID, "campaign": "referral", **wanted})

    def made(self, now: int = NOW, **wanted: Any) -> Any:
        reply = self.ask(now, **wanted)
        assert (reply.status, reply.json["state"]) == (201, "made"), reply.json
        return reply.json

    def get(self, path: str) -> Any:
        return self.gateway.get(path).json

    @property
    def codes(self) -> list[str]:
        return [item["pk"]["S"] for item in self.stack.items("codes") if item["pk"]["S"].startswith("code#")]


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with memory_stack() as stack:
        put_in_force("accounts", APPID, {"type": "service"}, NOW)
        put_in_force("campaigns", "referral", {"source": "friend", "medium": "code"}, NOW)
        yield Desk(stack, Gateway(application.app, key=keys.create_api_key([Scope.ADMIN], by="test", at=NOW).text), double(monkeypatch))


# ---- made on demand, once ----


def test_a_code_for_a_person_shows_its_picture_and_whom_it_is_from(desk: Desk) -> None:
    code = desk.made(inviter=FAN, properties={"level": "gold"})
    assert CODE_ID.fullmatch(code["id"])
    assert desk.wechat.asked == [(APPID, code["id"], 30 * 86_400)]
    assert code == desk.get(f"/v1/codes/{code['id']}")
    assert (code["inviter"], code["properties"], code["campaign"], code["permanent"]) == (FAN, {"level": "gold"}, "referral", False)
    assert code["image_url"] == "https://mp.wechat.invalid/cgi-bin/showqrcode?ticket=ticket%2F1%3D"
    assert (code["url"], code["expires_at"]) == ("http://weixin.qq.com/q/1", "2026-12-21T22:26:40.000Z")


def test_asking_again_gives_the_code_that_there_is(desk: Desk) -> None:
    first = desk.made(inviter=FAN, idempotency_key="order-1")
    assert desk.made(NOW + DAY, inviter=FAN, idempotency_key="order-1") == first
    assert desk.made(NOW + 2 * DAY, inviter=FAN) == first
    assert (len(desk.codes), len(desk.wechat.asked)) == (1, 1)


@pytest.mark.parametrize(
    "other", [{"campaign": None}, {"inviter": {"namespace": "user_id", "value": "u1"}}, {"permanent": True}, {"properties": {"shop": 7}}]
)
def test_a_code_for_something_else_is_another_one(desk: Desk, other: dict[str, Any]) -> None:
    assert desk.made(inviter=FAN)["id"] != desk.made(**{"inviter": FAN, **other})["id"]
    assert len(desk.codes) == 2


def test_spelling_the_inviter_differently_makes_no_second_code(desk: Desk) -> None:
    one, two = ({"namespace": "mobile", "value": value} for value in ("139 1234 5678", "+8613912345678"))
    assert desk.made(inviter=one)["id"] == desk.made(inviter=two)["id"]


def test_a_permanent_code_has_no_end(desk: Desk) -> None:
    code = desk.made(permanent=True)
    assert (code["expires_at"], desk.wechat.asked[0][2]) == (None, None)
    assert desk.made(NOW + 3000 * DAY, permanent=True) == code


@pytest.mark.parametrize(
    ("later", "same"), [(29 * DAY, True), (29 * DAY + 1, False), (40 * DAY, False)], ids=["a day left", "less than a day", "ended"]
)  # fmt: skip
def test_a_code_that_is_about_to_end_is_renewed_and_stays_the_same_code(desk: Desk, later: int, same: bool) -> None:
    first = desk.made(inviter=FAN)
    again = desk.made(NOW + later, inviter=FAN)
    assert again["id"] == first["id"]
    assert (again["image_url"] == first["image_url"], again["expires_at"] == first["expires_at"]) == (same, same)
    assert len(desk.codes) == 1


def test_a_code_can_be_renewed_before_it_has_to(desk: Desk) -> None:
    code = desk.made(expires_in="2d")
    desk.gateway.now = NOW + DAY
    renewed = desk.gateway.call("POST", f"/v1/codes/{code['id']}/renew", {"expires_in": "10d"}).json
    assert (renewed["id"], renewed["expires_at"]) == (code["id"], "2026-12-02T22:26:40.000Z")
    assert desk.wechat.asked[-1] == (APPID, code["id"], 10 * 86_400)
    permanent = desk.made(permanent=True)
    asked = len(desk.wechat.asked)
    assert desk.gateway.call("POST", f"/v1/codes/{permanent['id']}/renew", {}).json == permanent
    assert len(desk.wechat.asked) == asked


# ---- crashes, races, and WeChat's refusals ----


@pytest.mark.parametrize("after", [False, True])
def test_wherever_the_making_dies_asking_again_finishes_the_same_code(desk: Desk, after: bool) -> None:
    def make(place: int) -> None:
        asked = Asked(APPID, "referral", f"user_id#u{place}", permanent=True)
        making.code(asked, 30 * DAY, desk.wechat, key=f"k{place}", by="test", now=NOW + place)

    number = writes_of(lambda: make(0))
    for place in range(number):
        assert killed_at(place, lambda: make(place + 1), after=after)  # noqa: B023 - called at once
        make(place + 1)
    found = store.page("referral", 10, None).items
    assert [one.asked.inviter for one in found] == [f"user_id#u{place}" for place in range(number, -1, -1)]
    assert all(one.ticket for one in found)
    assert len(desk.codes) == len(desk.wechat.scenes) == store.permanent_used(APPID) == number + 1


def test_a_code_that_wechat_did_not_answer_for_waits_for_whoever_asks_again(desk: Desk) -> None:
    desk.wechat.fails.append(WechatBusy("no answer"))
    reply = desk.ask(inviter=FAN, idempotency_key="k1")
    assert (reply.status, reply.json["code"], reply.headers["retry-after"]) == (503, "wechat_busy", "1")
    (pending,) = desk.get("/v1/codes?campaign=referral")["items"]
    assert (pending["state"], pending["image_url"], pending["url"], pending["expires_at"]) == ("pending", None, None, None)
    assert desk.made(inviter=FAN, idempotency_key="k1")["id"] == pending["id"]


def test_two_who_ask_at_once_get_one_code_and_the_end_that_is_later(desk: Desk) -> None:
    def meanwhile() -> None:
        desk.made(NOW, inviter=FAN, expires_in="20d")

    desk.wechat.meanwhile = meanwhile
    short = desk.made(inviter=FAN, expires_in="10d")
    assert short["expires_at"] == "2026-12-11T22:26:40.000Z"
    assert (len(desk.codes), len(desk.wechat.scenes)) == (1, 1)
    assert desk.get(f"/v1/codes/{short['id']}") == short


def test_an_idempotency_key_stands_for_one_code_for_thirty_days(desk: Desk) -> None:
    desk.made(inviter=FAN, idempotency_key="k1")
    reply = desk.ask(idempotency_key="k1")
    assert (reply.status, reply.json["code"]) == (409, "idempotency_key_reused")
    assert len(desk.codes) == 1
    desk.made(NOW + 30 * DAY + 1000, idempotency_key="k1")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (WechatRefused("no"), 502, "wechat_refused"),
        (WechatLimited("tomorrow"), 429, "wechat_limit_reached"),
        (WechatBusy("soon"), 503, "wechat_busy"),
    ],
)
def test_the_answer_says_whether_to_ask_again(desk: Desk, error: Any, status: int, code: str) -> None:
    desk.wechat.fails.append(error)
    reply = desk.ask()
    assert (reply.status, reply.json["code"]) == (status, code)


def test_every_refusal_of_the_platform_has_its_answer() -> None:
    path = "/cgi-bin/qrcode/create"
    assert isinstance(platform.told(TryAgain(VERDICTS[-1], path)), WechatBusy)
    assert isinstance(platform.told(Dropped(VERDICTS[45029], path)), WechatRefused)
    limited = platform.told(LimitReached(VERDICTS[45009], path, until=NOW))
    assert isinstance(limited, WechatLimited)
    assert "2026-11-21T22:26:40.000Z" in limited.detail


# ---- the quota of permanent codes ----


def used(number: int) -> None:
    QuotaRecord(quota_key(APPID), used=number).save()


def test_the_last_permanent_code_is_made_and_the_next_one_refused_before_wechat_is_asked(desk: Desk) -> None:
    used(MAX_PERMANENT - 1)
    last = desk.made(permanent=True)
    asked = len(desk.wechat.asked)
    reply = desk.ask(permanent=True, properties={"n": 2})
    assert (reply.status, reply.json["code"]) == (409, "quota_exhausted")
    assert len(desk.wechat.asked) == asked
    assert desk.made(permanent=True) == last
    assert desk.made(properties={"n": 2})["permanent"] is False


def test_the_quota_counts_each_permanent_code_once(desk: Desk) -> None:
    assert desk.get(f"/v1/codes/quota?account={APPID}") == {"account": APPID, "permanent_used": 0, "permanent_limit": 100_000}
    for _ in range(2):
        desk.made(permanent=True)
        desk.made(inviter=FAN)
    assert desk.get(f"/v1/codes/quota?account={APPID}")["permanent_used"] == 1
    assert desk.get("/v1/codes/quota?account=wx-other")["permanent_used"] == 0


# ---- lists ----


def test_the_codes_of_a_campaign_are_listed_newest_first_page_by_page(desk: Desk) -> None:
    ids = [desk.made(NOW + place, properties={"n": place})["id"] for place in range(5)]
    desk.made(campaign=None)
    first = desk.get("/v1/codes?campaign=referral&limit=3")
    second = desk.get(f"/v1/codes?campaign=referral&limit=3&cursor={first['next']}")
    assert [one["id"] for one in first["items"] + second["items"]] == ids[::-1]
    assert second["next"] is None
    assert [one["campaign"] for one in desk.get("/v1/codes")["items"]] == [None]
    assert desk.get("/v1/codes?campaign=nothing")["items"] == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/codes?campaign=%23", 400),
        ("/v1/codes?cursor=x", 400),
        ("/v1/codes/quota", 400),
        ("/v1/codes/c-unknown", 404),
        (f"/v1/codes/c-{'a' * 24}", 404),
    ],
)
def test_what_cannot_be_looked_up_says_so(desk: Desk, path: str, status: int) -> None:
    assert desk.gateway.get(path).status == status


# ---- what is refused ----


@pytest.mark.parametrize(
    ("wanted", "path", "code"),
    [
        ({"account": "wx-unknown"}, "account", "account_unknown"),
        ({"account": "wx-mini"}, "account", "account_unsuitable"),
        ({"campaign": "unknown"}, "campaign", "campaign_unknown"),
        ({"campaign": "drafted"}, "campaign", "campaign_over"),
        ({"campaign": "ended"}, "campaign", "campaign_over"),
        ({"campaign": "others"}, "campaign", "campaign_of_others"),
        ({"inviter": {"namespace": "Nick", "value": "x"}}, "inviter", "namespace_invalid"),
        ({"inviter": {"namespace": "shoe_size", "value": "41"}}, "inviter", "namespace_unknown"),
        ({"inviter": {"namespace": "mobile", "value": "13800000000"}}, "inviter", "identifier_blocked"),
        ({"expires_in": "31d"}, "expires_in", "lifetime_invalid"),
        ({"expires_in": "59s"}, "expires_in", "lifetime_invalid"),
        ({"expires_in": "soon"}, "expires_in", "duration_invalid"),
        ({"permanent": True, "expires_in": "1d"}, "", "permanent_ends_never"),
        ({"properties": {"a b": 1}}, "properties/a b/[key]", "string_pattern_mismatch"),
        ({"colour": "red"}, "colour", "extra_forbidden"),
    ],
)
def test_what_no_code_can_be_made_for_is_refused_with_its_place(desk: Desk, wanted: Any, path: str, code: str) -> None:
    put_in_force("accounts", "wx-mini", {"type": "mini_program"}, NOW)
    put_in_force("campaigns", "ended", {"source": "x", "ends": NOW}, NOW)
    put_in_force("campaigns", "others", {"source": "x", "accounts": ["wx-other"]}, NOW)
    desk.gateway.call("PUT", "/v1/campaigns/drafted", {"source": "x"})
    reply = desk.ask(**wanted)
    assert reply.status == 422
    assert [(one["path"], one["code"]) for one in reply.json["errors"]] == [(path, code)]
    assert (desk.codes, desk.wechat.asked) == ([], [])


def test_reading_does_not_allow_to_make(desk: Desk) -> None:
    reader = Gateway(application.app, key=keys.create_api_key([Scope.READ], by="test", at=NOW).text)
    assert reader.call("POST", "/v1/codes", {"account": APPID}).status == 403
    assert reader.get("/v1/codes").status == 200
