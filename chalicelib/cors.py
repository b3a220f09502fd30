"""Cross-origin rules: what a browser must read in an answer before a page of another origin may have it.

The Sensors browser SDK resends a batch for ever when the header is missing, and its debug mode sends cookies and a `dry-run` header,
for which `*` is not enough (sa-sdk-javascript 1.27).
"""

from collections.abc import Iterable, Mapping
from typing import Final

from chalicelib.http import Cors

MAX_AGE_SECONDS: Final = "7200"  # the longest that Chromium remembers a preflight
EXPOSED: Final = "x-request-id,etag,retry-after"
ALLOWED: Final = "authorization,content-type,content-encoding,if-match"
ALLOWED_WITH_CREDENTIALS: Final = f"{ALLOWED},dry-run"


def answer_headers(cors: Cors, headers: Mapping[str, str]) -> dict[str, str]:
    """The cross-origin headers of an answer to a request with these (lower case) headers."""
    if cors is Cors.ANY:
        return {"access-control-allow-origin": "*", "access-control-expose-headers": EXPOSED}
    origin = headers.get("origin")
    if origin is None:
        return {"vary": "origin"}
    return {"access-control-allow-origin": origin, "access-control-allow-credentials": "true", "vary": "origin"}


def preflight_headers(cors: Cors, methods: Iterable[str], headers: Mapping[str, str]) -> dict[str, str]:
    """The answer to an OPTIONS request on a path that serves `methods`."""
    return {
        **answer_headers(cors, headers),
        "access-control-allow-methods": ",".join(sorted({*methods, "OPTIONS"})),
        "access-control-allow-headers": ALLOWED if cors is Cors.ANY else ALLOWED_WITH_CREDENTIALS,
        "access-control-max-age": MAX_AGE_SECONDS,
    }
