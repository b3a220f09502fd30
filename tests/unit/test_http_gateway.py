"""Routes behind Chalice and API Gateway: what arrives, what goes back, and what is told when something breaks."""

import gzip
import json
from collections.abc import Callable

import pytest
from chalice.app import Chalice
from chalice.test import Client
from pydantic import BaseModel

from chalicelib.access.model import Caller, Scope
from chalicelib.errors import Busy, DocumentInvalid, Fault, NotFound
from chalicelib.gateway import mount
from chalicelib.http import Access, Answer, Cors, Request, Route
from tests.support.gateway import NOW, Gateway, Reply

Handler = Callable[[Request], Answer]
GIF = b"GIF89a\x01\x00\xff\xfe"
READER = Caller("k1", None, frozenset({Scope.READ}))


class Greeting(BaseModel):
    words: str


def _serving(handler: Handler, path: str = "/x", method: str = "POST", **options: object) -> Gateway:
    app = Chalice("test")
    route = Route(method, path, handler, "A test", options.pop("access", Access.PUBLIC), **options)  # type: ignore[arg-type]
    mount(app, [route], find=lambda text: READER if text == "good" else None, clock=lambda: 5)
    return Gateway(app)


def _seen(url: str = "/x", body: bytes | None = None, headers: dict[str, str] | None = None, path: str = "/x") -> Request:
    """The request that a handler gets."""
    seen: list[Request] = []

    def handler(request: Request) -> Answer:
        seen.append(request)
        return Answer()

    assert _serving(handler, path).call("POST", url, body, headers).status == 200
    return seen[0]


def _answered(answer: Answer, headers: dict[str, str] | None = None) -> Reply:
    return _serving(lambda _: answer).call("POST", "/x", headers=headers)


# ---- what arrives ----


@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded", "text/plain;charset=UTF-8", "a/b", None])
def test_any_body_arrives_byte_for_byte_whatever_its_type(content_type: str | None) -> None:
    body = gzip.compress(b"data") + bytes(range(256))
    assert _seen(body=body, headers={"content-type": content_type} if content_type else {}).body == body


def test_a_request_without_body_has_an_empty_one() -> None:
    assert _seen().body == b""


@pytest.mark.parametrize(
    ("url", "params"),
    [
        ("/v1/people/openid:wx0a1b/oABC", ("openid:wx0a1b", "oABC")),
        ("/v1/people/openid%3Awx0a1b/oABC", ("openid:wx0a1b", "oABC")),
        ("/v1/people/user_id/a%2Fb", ("user_id", "a/b")),
        ("/v1/people/user_id/%E5%BC%A0%E4%B8%89", ("user_id", "张三")),
        ("/v1/people/user_id/50%25", ("user_id", "50%")),
        ("/v1/people/user_id/%2525", ("user_id", "%25")),
        ("/v1/people/mobile/+86138", ("mobile", "+86138")),
        ("/v1/people/user_id/%FF", ("user_id", "�")),
    ],
)
def test_path_parameters_are_decoded_once(url: str, params: tuple[str, str]) -> None:
    request = _seen(url, path="/v1/people/{namespace}/{value}")
    assert (request.params["namespace"], request.params["value"]) == params


def test_the_query_holds_the_first_value_of_each_name() -> None:
    assert _seen("/x?project=%E5%BA%97&a=1&a=2&empty=").query == {"project": "店", "a": "1", "empty": ""}


def test_a_request_knows_its_time_its_id_and_where_it_came_from() -> None:
    request = _seen("/x", headers={"User-Agent": "curl"})
    assert (request.received_at, request.request_id, request.source_ip) == (NOW, "gateway-request", "203.0.113.7")
    assert request.headers["user-agent"] == "curl"
    assert (request.method, request.path) == ("POST", "/api/x")


def test_the_clock_stands_in_where_the_event_has_no_time() -> None:
    gateway = _serving(lambda request: Answer(body={"at": request.received_at}))
    with Client(gateway.app) as client:
        assert client.http.post("/x", body=b"").json_body == {"at": 5}


def test_a_body_over_the_limit_is_refused_before_the_handler() -> None:
    gateway = _serving(lambda _: Answer(), max_body=10)
    assert gateway.call("POST", "/x", b"x" * 10).status == 200
    refused = gateway.call("POST", "/x", b"x" * 11)
    assert (refused.status, refused.json["code"]) == (413, "request_too_large")


def test_a_route_may_judge_the_size_itself() -> None:
    assert _serving(lambda _: Answer(), max_body=None).call("POST", "/x", b"x" * 2_000_000).status == 200


# ---- what goes back ----


@pytest.mark.parametrize(
    ("answer", "content_type", "body"),
    [
        (Answer(body={"名": 1}), "application/json", '{"名":1}'.encode()),
        (Answer(body=[1, 2]), "application/json", b"[1,2]"),
        (Answer(body={}), "application/json", b"{}"),
        (Answer(body=Greeting(words="你好")), "application/json", '{"words":"你好"}'.encode()),
        (Answer(body="好"), "text/plain; charset=utf-8", "好".encode()),
        (Answer(), "text/plain; charset=utf-8", b""),
        (Answer(body="<p>", headers={"content-type": "text/html"}), "text/html", b"<p>"),
        (Answer(body=GIF, headers={"content-type": "image/gif"}), "image/gif", GIF),
    ],
)
def test_an_answer_is_sent_as_what_it_is(answer: Answer, content_type: str, body: bytes) -> None:
    reply = _answered(answer, {"accept": "image/*,*/*;q=0.8"})
    assert (reply.status, reply.headers["content-type"], reply.body) == (200, content_type, body)


def test_text_that_no_encoding_knows_does_not_break_an_answer() -> None:
    assert _answered(Answer(body={"name": "a\ud800b"})).json == {"name": "a?b"}


def test_an_answer_that_cannot_be_written_is_an_internal_error() -> None:
    reply = _answered(Answer(body={"at": object()}))
    assert (reply.status, reply.json["code"], reply.headers["x-request-id"]) == (500, "internal_error", "gateway-request")


def test_a_client_without_accept_header_reads_the_text_of_an_answer() -> None:
    reply = _answered(Answer(body={"ok": True}))
    assert (reply.status, reply.json) == (200, {"ok": True})


def test_every_answer_carries_the_request_id() -> None:
    assert _answered(Answer()).headers["x-request-id"] == "gateway-request"
    refused = _serving(lambda _: Answer(), access=Access.READ).call("POST", "/x")
    assert refused.headers["x-request-id"] == refused.json["request_id"] == "gateway-request"


def test_the_same_answers_come_from_chalices_own_test_client() -> None:
    gateway = _serving(lambda request: Answer(body=GIF + request.body, headers={"content-type": "image/gif"}))
    with Client(gateway.app) as client:
        assert client.http.post("/x", body=b"\xff\x00").body == GIF + b"\xff\x00"


# ---- when something breaks ----


def _raises(error: Exception) -> Handler:
    def handler(_: Request) -> Answer:
        raise error

    return handler


def test_an_error_that_a_caller_can_act_on_is_told_as_a_problem() -> None:
    reply = _serving(_raises(DocumentInvalid("no", [Fault("a/0", "missing", "needed")]))).call("POST", "/x")
    assert (reply.status, reply.headers["content-type"]) == (422, "application/problem+json")
    assert reply.json["errors"] == [{"path": "a/0", "code": "missing", "detail": "needed"}]


def test_a_busy_service_says_when_to_come_back() -> None:
    reply = _serving(_raises(Busy("later"))).call("POST", "/x")
    assert (reply.status, reply.headers["retry-after"]) == (503, "1")


def test_an_unexpected_error_tells_the_caller_nothing_but_the_request_id(caplog: pytest.LogCaptureFixture) -> None:
    reply = _serving(_raises(KeyError("secret-table"))).call("POST", "/x")
    assert (reply.status, reply.json["code"], reply.json["request_id"]) == (500, "internal_error", "gateway-request")
    assert "secret-table" not in reply.body.decode()
    assert "secret-table" in caplog.text


def test_a_browser_can_read_why_it_was_refused() -> None:
    gateway = _serving(_raises(NotFound("no")), cors=Cors.CREDENTIALS)
    reply = gateway.call("POST", "/x", headers={"origin": "https://shop.example"})
    assert (reply.status, reply.headers["access-control-allow-origin"]) == (404, "https://shop.example")


def test_options_is_answered_on_every_path() -> None:
    app = Chalice("test")
    routes = [Route(method, "/x", lambda _: Answer(), "", Access.ADMIN) for method in ("GET", "PUT")]
    mount(app, routes)
    reply = Gateway(app).call("OPTIONS", "/x", headers={"origin": "https://shop.example"})
    assert (reply.status, reply.headers["access-control-allow-methods"]) == (204, "GET,OPTIONS,PUT")


@pytest.mark.parametrize(("key", "status"), [("good", 200), ("bad", 401), (None, 401)])
def test_a_route_opens_to_a_key_with_its_scope(key: str | None, status: int) -> None:
    gateway = _serving(lambda request: Answer(body={"key": request.known_caller().key_id}), access=Access.READ)
    gateway.key = key
    assert gateway.call("POST", "/x").status == status


def test_a_key_without_the_scope_is_told_which_one_is_missing() -> None:
    gateway = _serving(lambda _: Answer(), access=Access.WRITE)
    gateway.key = "good"
    reply = gateway.call("POST", "/x")
    assert (reply.status, reply.json["code"], reply.json["detail"]) == (403, "scope_missing", "the key lacks the scope write")


# ---- what is written down ----


def test_a_request_leaves_one_line_that_says_how_it_went(capsys: pytest.CaptureFixture[str]) -> None:
    gateway = _serving(lambda _: Answer(202), access=Access.READ, path="/v1/{id}")
    gateway.key = "good"
    gateway.call("POST", "/v1/7", b"12345")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1
    line = json.loads(lines[0])
    assert line["function"] == "POST /v1/{id}"
    assert (line["status"], line["bytes"], line["request_id"], line["key"]) == (202, 5, "gateway-request", "k1")
    assert "good" not in lines[0]
