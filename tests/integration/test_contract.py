"""The published contract against the application: whatever the document allows a client to send, the answer is one that it describes."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case

import app as application
from chalicelib.access import keys
from chalicelib.access.model import Scope
from chalicelib.campaigns.refusals import WechatRefused
from chalicelib.definitions import store as definitions
from chalicelib.definitions.kinds import SOURCES
from chalicelib.http import Access, Route
from chalicelib.openapi import describe
from chalicelib.problems import PROBLEM_TYPE, Problem
from chalicelib.routes import ROUTES
from tests.support.aws import memory_stack
from tests.support.gateway import NOW, Gateway, Reply

CONTRACT = schemathesis.openapi.from_dict(describe(ROUTES, "test"))
WITH_WRITE_KEY = {Access.INGEST, Access.PUBLIC}


@pytest.fixture(scope="module")
def gateways() -> Iterator[dict[bool, Gateway]]:
    """A caller with a write key (True) and an operator (False), on one stack for all routes: what one leaves, the next one meets."""
    with memory_stack():
        yield _gateways()


def _gateways() -> dict[bool, Gateway]:
    definitions.draft(SOURCES, "shop", {"projects": ["default"]}, by="test", at=NOW)
    definitions.publish(SOURCES, "shop", by="test", at=NOW)
    write_key = keys.create_write_key("shop", by="test", at=NOW)
    api_key = keys.create_api_key([Scope.ADMIN], by="test", at=NOW)
    return {True: Gateway(application.app, key=write_key.text), False: Gateway(application.app, key=api_key.text)}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_whatever_the_contract_allows_is_answered_as_it_says(route: Route, gateways: dict[bool, Gateway]) -> None:
    gateway = gateways[route.access in WITH_WRITE_KEY]

    @settings(max_examples=5, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(CONTRACT[route.path][route.method].as_strategy())
    def check(case: Case[Any]) -> None:
        _judge(route, _sent(gateway, case))

    check()


def _sent(gateway: Gateway, case: Case[Any]) -> Reply:
    """The generated request on its way through a real client's encoding."""
    wanted: dict[str, Any] = case.as_transport_kwargs(base_url="https://api.example")
    parts = {name: wanted[name] for name in ("method", "url", "params", "json", "data") if name in wanted}
    prepared = requests.Request(**parts).prepare()
    body = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
    headers = {name.lower(): str(value) for name, value in prepared.headers.items()}
    return gateway.call(str(prepared.method), str(prepared.url).removeprefix("https://api.example"), body, headers)


def _is_wechats(reply: Reply) -> bool:
    """Whether it is WeChat that does not do it: by chance another example has connected an account, and there is nobody behind it here."""
    return reply.status == WechatRefused.status and WechatRefused.code in str(reply.body)


def _judge(route: Route, reply: Reply) -> None:
    route = route.found()
    assert reply.status < 500 or _is_wechats(reply), reply.body
    media = reply.headers["content-type"].partition(";")[0]
    if reply.status == route.status:
        assert media == route.produces.partition(";")[0]
        if route.answer is not None:
            route.answer.model_validate(reply.json)
    elif media == PROBLEM_TYPE:
        assert Problem.model_validate(reply.json).status == reply.status
    else:
        assert (reply.status >= 400, media) == (True, route.refuses_in)
