"""Whether the service answers, and what it offers: `/health`, `/openapi.json`, `/docs`."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

from pydantic import BaseModel

from chalicelib.http import Access, Answer, Handler, Request, Route
from chalicelib.settings import settings
from chalicelib.version import VERSION

HTML_TYPE: Final = "text/html; charset=utf-8"
_TAGS: Final = ("Service",)


class Health(BaseModel):
    """The service is up."""

    status: str
    version: str
    stage: str


def health(_: Request) -> Answer:
    """Touches no store: it tells that this code runs, not that everything behind it does."""
    return Answer(body=Health(status="ok", version=VERSION, stage=settings().stage))


def with_documentation(routes: Sequence[Route]) -> tuple[Route, ...]:
    """The routes, and those that describe all of them."""
    described: list[Route] = []

    @cache
    def spec() -> dict[str, Any]:
        from chalicelib.openapi import describe  # a hundred models' schemas: only where somebody asks

        return describe(described, VERSION)

    described += [
        *routes,
        Route("GET", "/health", health, "Whether the service answers", Access.PUBLIC, answer=Health, tags=_TAGS),
        Route("GET", "/openapi.json", _openapi(spec), "This document", Access.PUBLIC, tags=_TAGS),
        Route("GET", "/docs", _docs(spec), "This document, to read", Access.PUBLIC, produces=HTML_TYPE, tags=_TAGS),
    ]
    return tuple(described)


def _openapi(spec: Callable[[], dict[str, Any]]) -> Handler:
    def openapi(_: Request) -> Answer:
        return Answer(body=spec())

    return openapi


def _docs(spec: Callable[[], dict[str, Any]]) -> Handler:
    def docs(_: Request) -> Answer:
        from chalicelib.docs_page import page

        return Answer(body=page(spec()), headers={"content-type": HTML_TYPE})

    return docs
