"""Errors as problem documents."""

import pytest

from chalicelib.errors import BadRequest, Busy, Conflict, DocumentInvalid, Fault, Forbidden, HuiliuError, NotFound, TooLarge, Unauthorized
from chalicelib.problems import MAX_FAULTS, Problem, problem, problem_headers


@pytest.mark.parametrize(
    ("error", "status", "code", "title"),
    [
        (BadRequest("x"), 400, "request_invalid", "Bad Request"),
        (Unauthorized("x"), 401, "key_invalid", "Unauthorized"),
        (Forbidden("x"), 403, "scope_missing", "Forbidden"),
        (NotFound("x"), 404, "not_found", "Not Found"),
        (Conflict("x"), 409, "version_conflict", "Conflict"),
        (TooLarge("x"), 413, "request_too_large", "Request Entity Too Large"),
        (DocumentInvalid("x"), 422, "document_invalid", "Unprocessable Entity"),
        (HuiliuError("x"), 500, "internal_error", "Internal Server Error"),
        (Busy("x"), 503, "busy", "Service Unavailable"),
    ],
)
def test_an_error_becomes_a_problem_with_its_status_and_code(error: HuiliuError, status: int, code: str, title: str) -> None:
    told = Problem.model_validate(problem(error, "r1"))
    assert (told.status, told.code, told.title, told.request_id) == (status, code, title, "r1")
    assert told.type == f"urn:huiliu:problem:{code}"
    assert told.detail == told.message == "x"
    assert problem_headers(error)["content-type"] == "application/problem+json"


def test_a_problem_names_the_places() -> None:
    error = DocumentInvalid("no", [Fault("events/3/time", "time_invalid", "not a time")])
    assert problem(error, "")["errors"] == [{"path": "events/3/time", "code": "time_invalid", "detail": "not a time"}]


def test_a_problem_stays_readable_when_everything_is_wrong() -> None:
    faults = [Fault(f"events/{place}", "x", "y") for place in range(5000)]
    assert len(problem(DocumentInvalid("no", faults), "")["errors"]) == MAX_FAULTS


def test_a_caller_is_told_how_to_sign_in_and_when_to_come_back() -> None:
    assert "www-authenticate" in problem_headers(Unauthorized("x"))
    assert problem_headers(Busy("x"))["retry-after"] == "1"
    assert set(problem_headers(NotFound("x"))) == {"content-type"}
