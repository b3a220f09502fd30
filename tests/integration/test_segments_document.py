"""What docs/segments.md tells operators to type works, in the order in which they read it."""

import json
import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from infra.paths import ROOT
from tests.support.aws import Stack, forget_caches
from tests.support.gateway import Gateway
from tests.support.living import PASS, later, live
from tests.support.ring import Ring

BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CURL = re.compile(r"^curl .*?(?=^curl |\Z)", re.MULTILINE | re.DOTALL)


def commands() -> Iterator[list[str]]:
    """Every curl command of the document as its words."""
    for block in BLOCK.findall((ROOT / "docs" / "segments.md").read_text("utf-8")):
        yield from (shlex.split(command) for command in CURL.findall(block))


def answered(ring: Ring, words: list[str]) -> Any:
    """What a command prints."""
    options = dict(pairwise(words))
    (url,) = (word for word in words if word.startswith("$API/"))
    method = options.get("-X", "POST" if "-d" in options else "GET")
    gateway: Gateway = ring.shop if "$WRITE_KEY" in options["-H"] else ring.operator
    reply = gateway.call(method, url.removeprefix("$API"), options["-d"].encode() if "-d" in options else None)
    assert 200 <= reply.status < 300, (words, reply.json)
    return reply.json


@pytest.fixture
def ring(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Ring:
    return live(stack, monkeypatch)


def test_every_command_of_the_document_is_answered_as_it_says(ring: Ring) -> None:
    found: dict[str, Any] = {}
    for words in commands():
        url = next(word for word in words if word.startswith("$API/"))
        found[url] = answered(ring, words)
        forget_caches()
        ring.flow()
        if url.endswith("/publish"):
            later(ring, PASS)
    texts = json.dumps(list(found), ensure_ascii=False)
    assert len(found) == 12, texts
    assert (found["$API/v1/segments/preview"]["count"], found["$API/v1/segments/dress-menu/count"]["count"]) == (1, 1)
    explained = found["$API/v1/people/openid:wx0a1b/oMing/explain?segment=dress-menu"]
    assert (explained["holds"], explained["tree"]["found"]["count"]) == (True, 6)
    assert found["$API/v1/people/openid:wx0a1b/oMing"]["segments"] == ["dress-menu"]
    names = [one["name"] for one in found["$API/v1/people/openid:wx0a1b/oMing/timeline"]["items"]]
    assert (names[0], names.count("MenuClicked")) == ("$segment_entered", 6)
