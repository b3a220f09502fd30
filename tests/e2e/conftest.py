"""Fixtures of the end-to-end tests: the whole system in processes of its own, and the clients that real people use."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Final

import pytest

from infra.local_stack import LocalStack
from infra.paths import ROOT
from tests.e2e import browser, node
from tests.e2e.api import Api, Shop
from tests.e2e.browser import Chromium, Tab
from tests.e2e.crowd import Crowd
from tests.e2e.door import Door, opened
from tests.e2e.rulebook import RULES
from tests.e2e.sharing import ByStack, place
from tests.e2e.stacks import operate, started

EXAMPLES: Final = ROOT / "docs" / "examples"
_MARKS: Final = count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs the local stack, and what shares one stands together."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)
    items.sort(key=lambda item: place(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByStack:
    """Who works side by side shares no stack."""
    return ByStack(config, log)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """The packaged system on a free port, for the whole session."""
    yield from started(tmp_path_factory.mktemp("stack") / "home")


@pytest.fixture(scope="session")
def guarded_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """Another one, in which every lambda may do only what its policy says. It has no data that other tests need."""
    yield from started(tmp_path_factory.mktemp("guarded") / "home", enforce_iam=True)


@pytest.fixture(scope="session")
def living_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """A stack in which the examples and the tests' own rules are in force, before the first event."""
    for running in started(tmp_path_factory.mktemp("living") / "home"):
        with Api(running.api_url, running.api_key) as operator:
            operate(operator, "import", str(EXAMPLES), "--publish")
            for rule in RULES:
                operator.publish(*rule)
        yield running


@pytest.fixture(scope="session")
def living(living_stack: LocalStack) -> Iterator[Api]:
    """An operator where rules are in force."""
    with Api(living_stack.api_url, living_stack.api_key) as api:
        yield api


@pytest.fixture
def crowd(living: Api, mark: str) -> Crowd:
    """People whom no other test knows, where rules are in force."""
    return Crowd(living, living.new_shop(f"shop-{mark}"), mark)


@pytest.fixture(scope="session")
def api(stack: LocalStack) -> Iterator[Api]:
    """An operator with an admin key."""
    with Api(stack.api_url, stack.api_key) as api:
        yield api


@pytest.fixture
def mark() -> str:
    """Three digits that no other test has: part of every identifier, so that tests share no person."""
    return f"{next(_MARKS):03}"


@pytest.fixture
def phone(mark: str) -> Callable[[int], str]:
    """Phone numbers that no other test has."""
    return lambda number: f"1370{mark}{5180 + number:04}"


@pytest.fixture
def shop(api: Api, mark: str) -> Shop:
    """A source of the test's own; it vouches for the phones that it sends."""
    return api.new_shop(f"shop-{mark}")


@pytest.fixture
def door(stack: LocalStack) -> Iterator[Door]:
    """The API at the root of a host."""
    with opened(stack.api_url) as door:
        yield door


@pytest.fixture
def run_node(tmp_path: Path) -> node.Run:
    """Runs a scenario of the Node driver."""
    return node.runner(tmp_path)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """A headless browser and pages to visit, on another origin than the API."""
    with browser.started(tmp_path_factory.mktemp("chromium")) as running:
        yield running


@pytest.fixture
def tab(chromium: Chromium) -> Iterator[Tab]:
    """A visitor who has never been here."""
    with chromium.visitor() as tab:
        yield tab
