"""Errors as problem documents (RFC 9457), the same shape for every route."""

from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel, Field, ValidationError

from chalicelib.errors import Fault, HuiliuError

PROBLEM_TYPE: Final = "application/problem+json"
MAX_FAULTS: Final = 100  # places named in one answer; a caller mends the first ones first
RETRY_AFTER_SECONDS: Final = "1"
_PLAINLY: Final = {"extra_forbidden": "there is no such name in this place; the names that there are stand in /openapi.json and /docs"}


class ProblemFault(BaseModel):
    """One place in the request that has to change."""

    path: str = Field(description="Where in the document, e.g. `events/3/time`; empty for the whole.")
    code: str
    detail: str


class Problem(BaseModel):
    """Why a request was not served. `code` is stable; `detail` is for people and may change."""

    type: str = Field(examples=["urn:huiliu:problem:document_invalid"])
    title: str
    status: int
    detail: str
    code: str
    message: str = Field(description="The same as `detail`, for clients that look for this name.")
    errors: list[ProblemFault] = []
    request_id: str


def problem(error: HuiliuError, request_id: str) -> dict[str, Any]:
    """The problem document of an error."""
    return {
        "type": f"urn:huiliu:problem:{error.code}",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        "message": error.detail,
        "errors": [{"path": one.path, "code": one.code, "detail": one.detail} for one in error.faults[:MAX_FAULTS]],
        "request_id": request_id,
    }


def problem_headers(error: HuiliuError) -> dict[str, str]:
    """The headers that belong to the error's status: how to sign in, when to come back."""
    headers = {"content-type": PROBLEM_TYPE}
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = 'Bearer realm="huiliu"'
    if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["retry-after"] = RETRY_AFTER_SECONDS
    return headers


def faults_of(error: ValidationError, root: str = "") -> tuple[Fault, ...]:
    """The places that a pydantic model complains about, as paths below `root`. The refused values stay out: they may be personal."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return tuple(Fault(_path(root, one["loc"]), one["type"], _PLAINLY.get(one["type"], one["msg"])) for one in found)


def _path(root: str, places: tuple[int | str, ...]) -> str:
    return "/".join([root, *map(str, places)] if root else map(str, places))
