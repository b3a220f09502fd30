"""Web pages inside WeChat: a person's consent, people that are made up, and the signature of pages."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.wechat.apis import Credential
from chalicelib.wechat.calls import oauth
from chalicelib.wechat.calls.oauth import Consent, Profile, Scope
from chalicelib.wechat.errors import TryAgain
from tests.unit.wechat.platform import APPID, Asked

GIVEN = {
    "access_token": "PERSON-1",
    "expires_in": 7200,
    "refresh_token": "REFRESH-1",
    "openid": "oFan1",
    "scope": "snsapi_userinfo",
    "unionid": "uOne",
}
CONSENT = Consent("oFan1", "uOne", False, ("snsapi_userinfo",), 7200, "PERSON-1", "REFRESH-1")


def test_a_browser_is_sent_to_wechat_with_everything_in_its_order() -> None:
    url = oauth.authorize_url(APPID, "https://h5.example.com/back?a=1&b=中", Scope.BASE, "s1")
    asked = urlsplit(url)
    assert (asked.path, asked.fragment) == ("/connect/oauth2/authorize", "wechat_redirect")
    assert parse_qsl(asked.query) == [
        ("appid", APPID),
        ("redirect_uri", "https://h5.example.com/back?a=1&b=中"),
        ("response_type", "code"),
        ("scope", "snsapi_base"),
        ("state", "s1"),
    ]
    assert "redirect_uri=https%3A%2F%2Fh5.example.com%2Fback%3Fa%3D1%26b%3D%E4%B8%AD&" in asked.query


@given(st.text(), st.text())
def test_nothing_in_an_address_can_add_a_parameter(redirect: str, state: str) -> None:
    redirect, state = (text.encode("utf-8", "replace").decode() for text in (redirect, state))
    asked = urlsplit(oauth.authorize_url(APPID, redirect, Scope.USER_INFO, state))
    found = parse_qsl(asked.query, keep_blank_values=True)
    assert [name for name, _ in found] == ["appid", "redirect_uri", "response_type", "scope", "state"]
    assert (dict(found)["redirect_uri"], dict(found)["state"]) == (redirect, state)


def test_a_code_tells_who_came_back_and_shows_no_token() -> None:
    client = Asked(dict(GIVEN))
    found = oauth.exchange(client, "c0de")
    assert found == CONSENT
    assert "PERSON-1" not in repr(found)
    assert "REFRESH-1" not in repr(found)
    assert client.last == (oauth.EXCHANGE, {"code": "c0de", "grant_type": "authorization_code"}, None)
    assert oauth.EXCHANGE.credential is Credential.SECRET


def test_a_made_up_person_is_marked() -> None:
    assert oauth.exchange(Asked({**GIVEN, "is_snapshotuser": 1}), "c0de").snapshot
    assert not oauth.exchange(Asked({**GIVEN, "is_snapshotuser": 0}), "c0de").snapshot


@pytest.mark.parametrize("missing", ["openid", "access_token"])
def test_an_answer_without_a_person_or_a_token_is_none(missing: str) -> None:
    with pytest.raises(TryAgain):
        oauth.exchange(Asked({name: value for name, value in GIVEN.items() if name != missing}), "c0de")


def test_a_consent_can_be_renewed_without_the_app_secret() -> None:
    client = Asked({**GIVEN, "access_token": "PERSON-2"})
    assert oauth.refreshed(client, "REFRESH-1").token == "PERSON-2"
    assert client.last == (oauth.REFRESH, {"appid": APPID, "refresh_token": "REFRESH-1", "grant_type": "refresh_token"}, None)


def test_a_profile_is_read_with_the_persons_own_token() -> None:
    client = Asked({"openid": "oFan1", "nickname": "小红", "headimgurl": "https://thirdwx.qlogo.cn/x", "unionid": "uOne", "privilege": []})
    assert oauth.profile(client, CONSENT) == Profile("oFan1", "uOne", "小红", "https://thirdwx.qlogo.cn/x")
    assert client.last == (oauth.USER_INFO, {"access_token": "PERSON-1", "openid": "oFan1", "lang": "zh_CN"}, None)
    assert oauth.USER_INFO.credential is Credential.PERSON


def test_a_made_up_persons_profile_is_marked_whoever_says_so() -> None:
    told = {"openid": "oFan1", "nickname": "微信用户"}
    made_up = Consent("oFan1", "", True, ("snsapi_userinfo",), 7200, "PERSON-1", "REFRESH-1")
    assert oauth.profile(Asked(told), made_up).snapshot
    assert oauth.profile(Asked({**told, "is_snapshotuser": 1}), CONSENT).snapshot


@pytest.mark.parametrize(
    ("ticket", "nonce", "timestamp", "url", "signature"),
    [
        (
            "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg",
            "Wm3WZYTPz0wzccnW",
            "1414587457",
            "http://mp.weixin.qq.com?params=value",
            "0f9de62fce790f9a083d5c99e95740ceb90c27ed",  # the platform's own example
        ),
        (
            "TICKET_composed_0001",
            "nonce01",
            "1735689600",
            "https://shop.example/p?a=1&b=%E4%B8%AD#comments",
            "e82ddd7adcb0048ca77cb0ba824f0d67a2879ece",
        ),
    ],
)
def test_a_page_is_signed_without_its_fragment(ticket: str, nonce: str, timestamp: str, url: str, signature: str) -> None:
    assert oauth.page_signature(ticket, nonce, timestamp, url) == signature
