"""What docs/menus.md and docs/tag-sync.md tell operators to type works, in the order in which they read it; so do the examples."""

import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

import app as application
from chalicelib.access import keys
from chalicelib.access.model import Scope
from chalicelib.definitions.kinds import kind_of
from infra.definition_files import read_folder
from infra.definition_import import in_order
from infra.paths import ROOT
from tests.support.aws import Stack, forget_caches
from tests.support.gateway import NOW, Gateway
from tests.support.rules import EXAMPLES
from tests.support.tagging import APPID, tagged_world

BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CURL = re.compile(r"^curl .*?(?=^curl |\Z)", re.MULTILINE | re.DOTALL)


def commands(document: str) -> Iterator[list[str]]:
    """Every curl command of a document as its words."""
    for block in BLOCK.findall((ROOT / "docs" / document).read_text("utf-8")):
        yield from (shlex.split(command) for command in CURL.findall(block))


def answered(operator: Gateway, words: list[str]) -> Any:
    """What a command prints."""
    options = dict(pairwise(words))
    (url,) = (word for word in words if word.startswith("$API/"))
    body = options["--data"].encode() if "--data" in options else None
    reply = operator.call(options.get("-X", "GET"), url.removeprefix("$API"), body)
    assert reply.status == 200, (words, reply.json)
    forget_caches()
    return reply.json


def test_every_command_is_answered_and_fans_see_what_it_says(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    world = tagged_world(stack, monkeypatch)
    world.account()
    operator = Gateway(application.app, key=keys.create_api_key([Scope.ADMIN], by="test", at=NOW).text)
    found = [answered(operator, words) for words in commands("menus.md")]
    assert found[-1]["state"] == "pending"
    world.person("qing", "oQing")
    world.stands("qing", segments=["unpaid"])
    world.flow()
    assert world.platform.menu("oQing") == ["去付款"]
    found = [answered(operator, words) for words in commands("tag-sync.md")]
    assert [one["name"] for one in found[-1]["give"]] == ["hm:unpaid", "hl:unpaid", "ht:level:黄金", "ht:大客户"]
    world.flow()
    assert world.platform.tags_of("oQing") == {"hm:unpaid", "hl:unpaid"}


def test_the_examples_of_an_account_are_sound_and_in_an_order_in_which_each_finds_what_it_names() -> None:
    files = in_order(list(read_folder(EXAMPLES / "wechat")))
    for one in files:
        kind_of(one.kind).checked(one.document)
    paths = [one.path for one in files]
    assert paths.index("segments/unpaid") < paths.index("menus/shop")
    assert paths.index(f"accounts/{APPID}") < paths.index("menus/shop")
