"""What codes and links bring, up to the person as operators read them: campaign, code and inviter, first and latest, and in conditions."""

from dataclasses import dataclass
from typing import Any

import pytest

import app as application
from chalicelib.campaigns.arriving import credited
from chalicelib.campaigns.model import Asked, Code
from chalicelib.campaigns.records import CodeRecord, to_code_record
from chalicelib.definitions import store as definitions
from chalicelib.events.keep import keep
from chalicelib.events.model import Draft, Source
from chalicelib.identity.published import current_rules
from chalicelib.wechat import push
from chalicelib.wechat.drafts import drafts_of
from chalicelib.wechat.push import Push
from tests.support.aws import Stack
from tests.support.codes import APPID, DoubleWechat, double, forget, put_in_force
from tests.support.gateway import NOW, Gateway
from tests.support.ring import Ring, event, make_ring
from tests.unit.campaigns.test_visits import PHONE
from tests.unit.wechat.samples import FAN, body

ALICE = {"namespace": f"openid:{APPID}", "value": "oAlice"}
ALICES_KEY = f"openid:{APPID}#oAlice"
SECOND = 1000


@dataclass(slots=True)
class Stand:
    """A stage with an account, a campaign by friends and one by posters."""

    ring: Ring
    wechat: DoubleWechat

    def code(self, campaign: str, **wanted: Any) -> str:
        """The id of a code for a campaign."""
        reply = self.ring.operator.call("POST", "/v1/codes", {"account": APPID, "campaign": campaign, **wanted})
        assert reply.status == 201, reply.json
        code_id: str = reply.json["id"]
        return code_id

    def follows(self, scene: str, at: int = NOW, appid: str = APPID) -> list[Draft]:
        """Somebody follows by a code; what was kept."""
        return self.comes(followed(f"qrscene_{scene}", at), appid)

    def comes(self, told: Push, appid: str = APPID) -> list[Draft]:
        drafts = credited(drafts_of(told, appid), told, appid, NOW)
        assert keep(drafts, Source(appid), current_rules(), NOW).refusals == ()
        self.ring.flow()
        return drafts

    @property
    def fan(self) -> Any:
        return self.ring.person(f"openid:{APPID}", FAN)


def followed(key: str, at: int = NOW, name: str = "subscribe") -> Push:
    """A follow, or a scan, with the key of its code."""
    return push.read(body("event", name, f"<EventKey><![CDATA[{key}]]></EventKey><Ticket>T</Ticket>", at=at // SECOND))


@pytest.fixture
def stand(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Stand:
    made = Stand(make_ring(stack), double(monkeypatch))
    put_in_force("accounts", APPID, {"type": "service"}, NOW)
    put_in_force("campaigns", "referral", {"source": "friend", "medium": "code"}, NOW)
    put_in_force("campaigns", "618-subway", {"source": "subway", "name": "618", "targets": ["https://shop.example.com"]}, NOW)
    return made


# ---- the event and the person ----


def test_a_friend_who_follows_by_a_persons_code_is_known_to_come_from_them(stand: Stand) -> None:
    code = stand.code("referral", inviter=ALICE, properties={"level": "gold"})
    (draft,) = stand.follows(code)
    campaign = {"id": "referral", "source": "friend", "medium": "code", "name": "referral"}
    assert draft.context == {
        "channel": "wechat", "app": {"id": APPID}, "scene": code, "code": code, "inviter": ALICES_KEY, "campaign": campaign,
        "code_properties": {"level": "gold"},
    }  # fmt: skip
    (shown,) = stand.ring.ask(f"openid:{APPID}", FAN, "/timeline").json["items"]
    assert (shown["name"], shown["context"]["inviter"], shown["context"]["campaign"]) == ("WechatSubscribed", ALICES_KEY, campaign)


def test_a_person_keeps_the_first_and_the_latest_source_with_code_and_inviter(stand: Stand) -> None:
    poster, invitation = stand.code("618-subway", permanent=True), stand.code("referral", inviter=ALICE)
    stand.comes(followed(invitation, NOW + 9 * SECOND, "SCAN"))
    stand.follows(poster, NOW)
    person = stand.fan
    first, latest = person["first_touch"], person["latest_touch"]
    assert (first["campaign"]["source"], first["code"], first.get("inviter")) == ("subway", poster, None)
    assert (latest["campaign"]["source"], latest["code"], latest["inviter"]) == ("friend", invitation, ALICES_KEY)
    assert person["arrival"]["channel"] == "wechat"


def test_a_push_that_comes_again_is_one_event_whether_its_code_was_found_or_not(stand: Stand) -> None:
    code = stand.code("referral", inviter=ALICE)
    told = followed(f"qrscene_{code}")
    (plain,), (known,) = drafts_of(told, APPID), credited(drafts_of(told, APPID), told, APPID, NOW)
    assert (plain.id, plain.identity, plain.identifiers, plain.time) == (known.id, known.identity, known.identifiers, known.time)
    for _ in range(2):
        stand.comes(told)
    assert stand.fan["events"] == 1


def test_a_code_whose_campaign_is_over_still_says_where_people_come_from(stand: Stand) -> None:
    code = stand.code("618-subway", permanent=True)
    definitions.archive("campaigns", "618-subway", by="test", at=NOW)
    forget()
    (draft,) = stand.follows(code)
    assert draft.context["campaign"]["source"] == "subway"


def test_a_code_that_has_ended_is_credited_with_who_scanned_it_in_time(stand: Stand) -> None:
    code = stand.code("referral", inviter=ALICE, expires_in="1m")
    assert stand.follows(code, NOW + 60 * SECOND)[0].context["inviter"] == ALICES_KEY


def test_what_is_written_anew_of_a_campaign_counts_for_codes_that_hang_already(stand: Stand) -> None:
    code = stand.code("618-subway", permanent=True)
    put_in_force("campaigns", "618-subway", {"source": "metro"}, NOW)
    assert stand.follows(code)[0].context["campaign"]["source"] == "metro"


@pytest.mark.parametrize(
    "scene",
    ["618", "utm_source=expo&code=618", f"c-{'a' * 24}", "c-short", "", "0"],
    ids=["own", "query", "unknown", "short", "none", "zero"],
)
def test_scenes_that_are_no_codes_of_ours_stay_what_they_are(stand: Stand, scene: str) -> None:
    told = followed(f"qrscene_{scene}")
    assert credited(drafts_of(told, APPID), told, APPID, NOW) == list(drafts_of(told, APPID))


def test_the_code_of_another_account_is_not_taken_for_ones_own(stand: Stand) -> None:
    code = stand.code("referral", inviter=ALICE)
    (draft,) = stand.follows(code, appid="wx-other")
    assert "inviter" not in draft.context
    assert draft.context["code"] == code


def test_other_pushes_are_not_looked_up(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CodeRecord, "get", None)
    for told in (followed("c-" + "a" * 24, name="CLICK"), followed("618", name="SCAN"), followed("", name="unsubscribe")):
        assert credited(drafts_of(told, APPID), told, APPID, NOW) == list(drafts_of(told, APPID))


def test_a_second_follow_by_the_same_code_costs_no_read(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    code = stand.code("referral", inviter=ALICE)
    stand.follows(code)
    monkeypatch.setattr(CodeRecord, "get", None)
    assert stand.follows(code, NOW + SECOND)[0].context["inviter"] == ALICES_KEY


def test_a_code_whose_making_was_never_finished_is_credited_too(stand: Stand) -> None:
    asked = Asked(APPID, "referral", ALICES_KEY)
    to_code_record(Code(asked.id, asked, NOW, "k1")).save()
    assert stand.follows(asked.id)[0].context["inviter"] == ALICES_KEY


# ---- pages and mini programs ----


def test_a_visitor_who_came_by_a_link_is_known_to_come_from_whoever_shared_it(stand: Stand) -> None:
    wanted = {"target": "https://shop.example.com/dress", "campaign": "618-subway", "inviter": ALICE}
    link = stand.ring.operator.call("POST", "/v1/links", wanted).json
    page = Gateway(application.app).get(f"/r/{link['id']}", {"user-agent": PHONE}).headers["location"]
    stand.ring.send(event("PageViewed", 1, anonymous_id="a1") | {"context": {"channel": "h5", "url": page}})
    stand.ring.send(event("LoggedIn", 2, anonymous_id="a1", user_id="u7"))
    stand.ring.flow()
    touch = stand.ring.person("user_id", "u7")["first_touch"]
    assert (touch["campaign"]["source"], touch["code"], touch["inviter"]) == ("subway", link["id"], ALICES_KEY)


def test_a_code_of_somebody_elses_stays_on_the_event_as_it_was_told(stand: Stand) -> None:
    told = {"channel": "h5", "code": "618", "url": "https://shop.example.com/?hl_code=aaaaaaaaaaaaa", "campaign": {"source": "own"}}
    stand.ring.send(event("PageViewed", 1, user_id="u8") | {"context": told})
    stand.ring.flow()
    touch = stand.ring.person("user_id", "u8")["first_touch"]
    assert {name: touch[name] for name in ("channel", "code", "campaign")} == {name: told[name] for name in ("channel", "code", "campaign")}


# ---- conditions ----


def test_conditions_ask_for_campaign_code_inviter_and_what_was_said_of_the_code(stand: Stand) -> None:
    code = stand.code("referral", inviter=ALICE, properties={"level": "gold"})
    asked: dict[str, dict[str, Any]] = {
        "by-code": {"event": "WechatSubscribed", "where": {"context.code": code}},
        "by-inviter": {"event": "WechatSubscribed", "where": {"context.inviter": ALICES_KEY}},
        "by-campaign": {"event": "WechatSubscribed", "where": {"context.campaign.id": "referral"}},
        "by-level": {"event": "WechatSubscribed", "where": {"context.code_properties.level": "gold"}},
        "first-inviter": {"attribute": "$first_touch.inviter", "eq": ALICES_KEY},
        "first-code": {"attribute": "$first_touch.code", "starts_with": "c-"},
        "invited": {"attribute": "$first_touch.inviter", "exists": True},
        "by-others": {"event": "WechatSubscribed", "where": {"context.inviter": "user_id#u9"}},
    }
    for name, where in asked.items():
        stand.ring.publish("segments", name, {"where": where})
    stand.ring.flow()
    stand.follows(code)
    assert set(stand.fan["segments"]) == set(asked) - {"by-others"}
