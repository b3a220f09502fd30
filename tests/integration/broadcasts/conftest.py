"""A segment and its people, everybody within reach."""

from collections.abc import Iterator

import pytest

from chalicelib.broadcasts import parts
from chalicelib.dispatch import deciding
from tests.support.broadcasts import Plane, World, decided


@pytest.fixture(params=[0, parts.PEOPLE], ids=["many parts", "few parts"])
def world(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(parts, "PEOPLE", request.param)
    monkeypatch.setattr(deciding, "begun_many", decided)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    plane = Plane()
    plane.clear()
    with plane.serving():
        yield World(plane)
    plane.clear()
