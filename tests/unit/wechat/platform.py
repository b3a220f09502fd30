"""A platform that answers what a test tells it to, and means that neither wait nor leave anything to chance."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from chalicelib.wechat import secrets
from chalicelib.wechat.apis import Api, Json, Query
from chalicelib.wechat.calling import Means
from chalicelib.wechat.client import Client
from chalicelib.wechat.secrets import Secret
from chalicelib.wechat.wire import Answer, NoAnswer, Request, Upload
from tests.simulation.quick_dynamo import QuickDynamo
from tests.support.aws import forget_caches

APP_SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
APPID = "wx77aa00bb11cc22dd"
NOW = 1_795_305_600_000  # 2026-11-22 00:00 UTC, 08:00 in China
CHINA_MIDNIGHT = NOW + 16 * 3_600_000

Given = Json | Answer | NoAnswer | bytes


@dataclass(slots=True)
class Platform:
    """Gives each interface's answers in turn, the last one for ever. Time goes by only while somebody waits."""

    answers: dict[str, list[Given]] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    now: int = NOW

    def __call__(self, request: Request) -> Answer:
        self.requests.append(request)
        waiting = self.answers[urlsplit(request.url).path]
        given = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if isinstance(given, NoAnswer):
            raise given
        return answer(given)

    def means(self, chance: float = 0.5) -> Means:
        """What a client works with here."""
        return Means(lambda: self.now, self._sleep, lambda: chance, self)

    def asked(self, path: str) -> list[Request]:
        """The requests for an interface."""
        return [request for request in self.requests if urlsplit(request.url).path == path]

    def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += int(seconds * 1000)


class Asked(Client):
    """A client that gives prepared answers, and keeps what it was asked for."""

    def __init__(self, *answers: Json | bytes) -> None:
        super().__init__(APPID, Platform().means())
        self.answers = list(answers)
        self.asked: list[tuple[Api, dict[str, str], Json | None]] = []
        self.files: list[Upload | None] = []

    def call(self, api: Api, *, query: Query | None = None, body: Json | None = None, file: Upload | None = None) -> Json:
        found = self._next(api, query, body)
        self.files.append(file)
        assert isinstance(found, dict)
        return found

    def content(self, api: Api, *, query: Query | None = None, body: Json | None = None) -> bytes:
        found = self._next(api, query, body)
        assert isinstance(found, bytes)
        return found

    @property
    def last(self) -> tuple[Api, dict[str, str], Json | None]:
        """What was asked for last."""
        return self.asked[-1]

    @property
    def body(self) -> Any:
        """The body that was sent last."""
        return self.last[2]

    def _next(self, api: Api, query: Query | None, body: Json | None) -> Json | bytes:
        self.asked.append((api, dict(query or {}), body))
        return self.answers.pop(0) if self.answers else {}


@contextmanager
def stored(*app_secrets: str) -> Iterator[QuickDynamo]:
    """Tables, and an account with these AppSecrets (one, unless said otherwise), newest first."""
    known = app_secrets or (APP_SECRET,)

    def read(_appid: str, *wanted: Secret) -> Mapping[Secret, Sequence[str]]:
        return {secret: tuple(filter(None, known)) for secret in wanted}

    tables = QuickDynamo()
    with tables.serving(), patch.object(secrets, "read", read):
        forget_caches()
        yield tables
    forget_caches()


def answer(given: Json | Answer | bytes) -> Answer:
    """An answer as the platform gives it: status 200, JSON as it is."""
    if isinstance(given, Answer):
        return given
    body = given if isinstance(given, bytes) else json.dumps(given, ensure_ascii=False).encode()
    return Answer(200, body, "image/jpeg" if isinstance(given, bytes) else "application/json; encoding=utf-8")


def refusal(number: int, text: str = "refused rid: 66f0a1b2-0c9d8e7f-1a2b3c4d") -> Json:
    """An answer that refuses."""
    return {"errcode": number, "errmsg": text}


def openids(count: int) -> Sequence[str]:
    """Some fans."""
    return [f"oFan{place}" for place in range(count)]
