"""Short links, from the request to the redirect and the stored click: only to what is allowed, by whom it says, and nobody is mixed up."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

import app as application
from chalicelib import settings
from chalicelib.access import keys
from chalicelib.access.model import Scope
from chalicelib.campaigns.model import LINK_ID, Link
from chalicelib.campaigns.records import link_key, to_link_record
from chalicelib.definitions import store as definitions
from tests.support.aws import Stack, memory_stack
from tests.support.codes import forget, put_in_force
from tests.support.gateway import NOW, Gateway, Reply
from tests.unit.campaigns.test_visits import PHONE

HOUR = 3_600_000
DRESS = "https://shop.example.com/618/dress?sku=1"
SUBWAY: dict[str, Any] = {"source": "subway", "medium": "poster", "name": "618", "targets": ["https://shop.example.com/618"]}
PERSON = {"user-agent": PHONE, "accept": "text/html,*/*"}


@dataclass(slots=True)
class Corner:
    """An operator with a campaign in force, and whoever passes by."""

    stack: Stack
    operator: Gateway
    public: Gateway

    def ask(self, target: str = DRESS, **wanted: Any) -> Reply:
        return self.operator.call("POST", "/v1/links", {"target": target, "campaign": "618-subway", **wanted})

    def made(self, target: str = DRESS, **wanted: Any) -> Any:
        reply = self.ask(target, **wanted)
        assert reply.status == 201, reply.json
        return reply.json

    def opened(self, link: Any, now: int = NOW, headers: Mapping[str, str] | None = None, *, method: str = "GET", query: str = "") -> Reply:
        self.public.now = now
        return self.public.call(method, f"/r/{link['id']}{query}", headers={**PERSON, **(headers or {})})

    @property
    def clicks(self) -> list[Any]:
        return [{"who": item["pk"]["S"], "name": item["n"]["S"], **json.loads(item["d"]["S"])} for item in self.stack.items("events")]


@pytest.fixture
def corner() -> Iterator[Corner]:
    with memory_stack() as stack:
        put_in_force("campaigns", "618-subway", SUBWAY, NOW)
        put_in_force("campaigns", "default", {"source": "links", "targets": ["https://help.example.com"]}, NOW)
        operator = Gateway(application.app, key=keys.create_api_key([Scope.ADMIN], by="test", at=NOW).text)
        yield Corner(stack, operator, Gateway(application.app))


def location(reply: Reply) -> str:
    assert reply.status == 302, reply.body
    return reply.headers["location"]


# ---- made ----


def test_a_link_is_short_and_the_same_for_whoever_asks_again(corner: Corner) -> None:
    link = corner.made(inviter={"namespace": "user_id", "value": "u1"})
    assert LINK_ID.fullmatch(link["id"])
    assert link["url"] == f"https://api.example.com/r/{link['id']}"
    assert corner.made(inviter={"namespace": "user_id", "value": "u1"}) == link
    assert corner.made("HTTPS://SHOP.example.com:443/618/dress?sku=1", inviter={"namespace": "user_id", "value": "u1"}) == link
    assert corner.operator.get(f"/v1/links/{link['id']}").json == link
    assert corner.made()["id"] != link["id"]


def test_a_link_whose_id_is_taken_gets_another_one(corner: Corner) -> None:
    wanted = Link(DRESS, "618-subway")
    to_link_record(wanted.id(), Link("https://help.example.com/", "default", created_by="k1")).save()
    link = corner.made()
    assert link["id"] == wanted.id(1)
    assert corner.made() == link


def test_while_nobody_has_said_how_the_api_is_reached_the_request_tells(corner: Corner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUILIU_PUBLIC_URL", "")
    settings.settings.cache_clear()
    try:
        link = corner.operator.call("POST", "/v1/links", {"target": DRESS, "campaign": "618-subway"}, {"host": "abc.example.net"}).json
    finally:
        monkeypatch.undo()
        settings.settings.cache_clear()
    assert link["url"] == f"https://abc.example.net/api/r/{link['id']}"


@pytest.mark.parametrize(
    ("wanted", "path", "code"),
    [
        ({"target": "https://evil.example/"}, "target", "target_not_allowed"),
        ({"target": "https://shop.example.com/"}, "target", "target_not_allowed"),
        ({"target": "https://shop.example.com@evil.example/618"}, "target", "address_invalid"),
        ({"target": "https://shop.example.com/618/../admin"}, "target", "address_ambiguous"),
        ({"target": "http://shop.example.com/618"}, "target", "address_insecure"),
        ({"target": "http://localhost:8000/"}, "target", "address_insecure"),
        ({"campaign": "unknown"}, "campaign", "campaign_unknown"),
        ({"campaign": "ended"}, "campaign", "campaign_over"),
        ({"expires": NOW}, "expires", "time_past"),
        ({"expires": "tomorrow"}, "expires", "time_invalid"),
        ({"inviter": {"namespace": "shoe_size", "value": "41"}}, "inviter", "namespace_unknown"),
        ({"person": {"namespace": "user_id", "value": "unknown"}}, "person", "identifier_blocked"),
    ],
)
def test_a_link_that_may_not_be_is_refused_with_its_place(corner: Corner, wanted: Any, path: str, code: str) -> None:
    put_in_force("campaigns", "ended", {**SUBWAY, "ends": NOW}, NOW)
    reply = corner.ask(**wanted)
    assert reply.status == 422
    assert [(one["path"], one["code"]) for one in reply.json["errors"]] == [(path, code)]
    assert corner.stack.items("codes") == []


def test_a_page_on_the_developers_machine_is_a_target_on_a_local_stage(corner: Corner, monkeypatch: pytest.MonkeyPatch) -> None:
    put_in_force("campaigns", "618-subway", {**SUBWAY, "targets": ["http://localhost:8000"]}, NOW)
    monkeypatch.setenv("HUILIU_STAGE", "local")
    settings.settings.cache_clear()
    try:
        link = corner.made("http://localhost:8000/a")
        assert location(corner.opened(link)).startswith("http://localhost:8000/a?")
    finally:
        monkeypatch.undo()
        settings.settings.cache_clear()
    assert corner.opened(link).status == 410


# ---- followed ----


def test_whoever_opens_a_link_comes_to_its_target_which_learns_of_the_campaign(corner: Corner) -> None:
    link = corner.made()
    reply = corner.opened(link)
    assert location(reply) == f"{DRESS}&utm_source=subway&utm_medium=poster&utm_campaign=618&hl_code={link['id']}"
    assert reply.headers["cache-control"] == "no-store"
    assert (reply.body, "hl_visitor=v-" in reply.headers["set-cookie"]) == (b"", True)


def test_a_click_is_an_event_of_somebody_anonymous_with_campaign_code_and_inviter(corner: Corner) -> None:
    fan, friend = ({"namespace": "user_id", "value": value} for value in ("u1", "u2"))
    link = corner.made(inviter=fan, person=friend)
    corner.opened(link)
    (click,) = corner.clicks
    assert (click["name"], click["s"], click["who"].partition("#")[0]) == ("LinkClicked", "links", "anonymous_id")
    assert click["p"] == {"link": link["id"], "target": DRESS, "in_wechat": True, "made_for": "user_id#u2"}
    campaign = {"id": "618-subway", "source": "subway", "medium": "poster", "name": "618"}
    assert click["c"].items() >= {"channel": "link", "code": link["id"], "inviter": "user_id#u1", "campaign": campaign}.items()


def test_a_visitor_who_comes_back_is_the_same_and_another_one_is_not(corner: Corner) -> None:
    link = corner.made()
    kept = corner.opened(link).headers["set-cookie"].partition(";")[0]
    corner.opened(link, NOW + 1, {"cookie": kept})
    corner.opened(link, now=NOW + 2)
    first, again, other = (click["who"] for click in sorted(corner.clicks, key=lambda click: click["who"] != "anonymous_id#" + kept[11:]))
    assert (first, again) == ("anonymous_id#" + kept[11:],) * 2
    assert other != first


def test_a_request_that_is_worked_on_twice_is_one_click(corner: Corner) -> None:
    link = corner.made()
    kept = corner.opened(link).headers["set-cookie"].partition(";")[0]
    corner.opened(link, headers={"cookie": kept})
    assert len(corner.clicks) == 1


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("HEAD", {}),
        ("GET", {"user-agent": "Slackbot-LinkExpanding 1.0"}),
        ("GET", {"sec-purpose": "prefetch"}),
        ("GET", {"user-agent": ""}),
    ],
)
def test_machines_and_browsers_that_look_ahead_are_led_there_without_a_click_or_a_cookie(
    corner: Corner, method: str, headers: dict[str, str]
) -> None:
    reply = corner.opened(corner.made(), headers=headers, method=method)
    assert location(reply).startswith(DRESS)
    assert "set-cookie" not in reply.headers
    assert corner.clicks == []


@pytest.mark.parametrize(
    "query", ["?target=https://evil.example/", "?utm_source=evil&hl_code=x", "?url=//evil.example", "?%0d%0aSet-Cookie:a=b", "?a=%E2%80%AE"]
)
def test_nothing_of_the_request_becomes_part_of_the_address(corner: Corner, query: str) -> None:
    link = corner.made()
    expected = location(corner.opened(link))
    headers = {"host": "evil.example", "x-forwarded-host": "evil.example", "referer": "https://evil.example/", "cookie": "hl_visitor=\r\nx"}
    assert location(corner.opened(link, headers=headers, query=query)) == expected


def test_two_sources_may_share_a_page_each_under_its_own_words(corner: Corner) -> None:
    help_page = "https://help.example.com/size"
    plain = corner.operator.call("POST", "/v1/links", {"target": help_page}).json
    assert plain["campaign"] == "default"
    assert "utm_source=links" in location(corner.opened(plain))
    assert "utm_source=subway" in location(corner.opened(corner.made(help_page)))


# ---- over ----


def gone(reply: Reply, status: int) -> None:
    assert reply.status == status
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert "location" not in reply.headers
    assert reply.headers["cache-control"] == "no-store"


def test_a_link_ends_at_its_time(corner: Corner) -> None:
    link = corner.made(expires=NOW + HOUR)
    location(corner.opened(link, now=NOW + HOUR - 1))
    gone(corner.opened(link, now=NOW + HOUR), 410)


def test_what_a_campaign_no_longer_lists_is_led_to_no_more(corner: Corner) -> None:
    link = corner.made()
    put_in_force("campaigns", "618-subway", {**SUBWAY, "targets": ["https://shop.example.com/1111"]}, NOW)
    gone(corner.opened(link), 410)
    put_in_force("campaigns", "default", {"source": "links", "targets": ["https://shop.example.com"]}, NOW)
    location(corner.opened(link))


def test_a_campaign_that_is_taken_out_of_force_takes_its_links_with_it(corner: Corner) -> None:
    link = corner.made()
    definitions.archive("campaigns", "618-subway", by="test", at=NOW)
    forget()
    gone(corner.opened(link), 410)
    definitions.publish("campaigns", "618-subway", by="test", at=NOW)
    forget()
    location(corner.opened(link))


def test_links_work_from_the_campaigns_start_until_its_end(corner: Corner) -> None:
    put_in_force("campaigns", "618-subway", {**SUBWAY, "starts": NOW + HOUR, "ends": NOW + 2 * HOUR}, NOW)
    link = corner.made()
    gone(corner.opened(link), 404)
    location(corner.opened(link, now=NOW + HOUR))
    gone(corner.opened(link, now=NOW + 2 * HOUR), 410)


def test_a_stored_target_that_is_no_address_is_not_led_to(corner: Corner) -> None:
    to_link_record("a" * 13, Link("https://shop.example.com/618\r\nX: y", "618-subway", created_by="k1")).save()
    gone(corner.opened({"id": "a" * 13}), 410)


@pytest.mark.parametrize("code", ["aaaaaaaaaaaaa", "A" * 13, "x", "%2e%2e%2f", "c-" + "a" * 24, "%0d%0aa", "https:%2f%2fevil.example"])
def test_an_unknown_link_is_a_page_for_people_and_a_problem_for_programs(corner: Corner, code: str) -> None:
    gone(corner.opened({"id": code}), 404)
    reply = corner.public.get(f"/r/{code}")
    assert (reply.status, reply.json["code"]) == (404, "link_unknown")
    assert corner.stack.items("events") == []


def test_a_stranger_can_follow_but_neither_make_nor_read(corner: Corner) -> None:
    link = corner.made()
    assert corner.public.call("POST", "/v1/links", {"target": DRESS}).status == 401
    assert corner.public.get(f"/v1/links/{link['id']}").status == 401
    assert corner.operator.get("/v1/links/aaaaaaaaaaaaa").status == 404
    assert link_key(link["id"]) in {item["pk"]["S"] for item in corner.stack.items("codes")}
