"""Calls the API of a stage with a key: one JSON request, and the answer with its status."""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from infra.paths import STACK_FILE

TIMEOUT: Final = 60  # seconds
Call = Callable[[str, str, Any], tuple[int, Any]]  # (method, path with query, body or None) -> (status, JSON)


class NoApi(Exception):
    """It is not known where the API is, or it does not answer."""


@dataclass(frozen=True, slots=True)
class Api:
    """Usage: `Api(url, key)("GET", "/v1/segments", None)`."""

    url: str
    key: str

    def __call__(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """Sends one request. Answers of every status are returned; raises NoApi where there is none."""
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        headers = {"authorization": f"Bearer {self.key}", "content-type": "application/json"}
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, _problem(refused)
        except (OSError, ValueError) as error:
            raise NoApi(f"{self.url} does not answer as the API: {error}") from error


def api_of(stage: str) -> Api:
    """The API of HUILIU_API_URL and HUILIU_API_KEY, or of the running local stack. Raises NoApi."""
    url, key = os.environ.get("HUILIU_API_URL"), os.environ.get("HUILIU_API_KEY")
    if url and key:
        return Api(url.rstrip("/"), key)
    if stage != "local":
        raise NoApi(f"set HUILIU_API_URL and HUILIU_API_KEY to the API of the stage {stage} and a key of it")
    if not STACK_FILE.exists():
        raise NoApi("there is no local stack; `make run` starts one")
    stack = json.loads(STACK_FILE.read_text("utf-8"))
    return Api(stack["api_url"], stack["api_key"])


def _problem(refused: urllib.error.HTTPError) -> Any:
    """The problem document of a refusal, or one like it where something else than the API refused."""
    text = refused.read().decode(errors="replace")
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"code": "unknown", "detail": text[:200], "errors": []}
