"""Aliyun's signature ACS3-HMAC-SHA256 (help.aliyun.com, "V3 version request body and signature mechanism"). Pure."""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final
from urllib.parse import quote, urlsplit

ALGORITHM: Final = "ACS3-HMAC-SHA256"


def canonical_query(query: Mapping[str, str]) -> str:
    """The query as it is signed and as it has to go out: sorted by name, everything but letters, digits and -_.~ escaped."""
    return "&".join(f"{_escaped(name)}={_escaped(query[name])}" for name in sorted(query))


def signed(
    method: str, url: str, query: Mapping[str, str], body: bytes, headers: Mapping[str, str], key_id: str, secret: str
) -> dict[str, str]:
    """The headers with `x-acs-content-sha256` and `Authorization` added. All that are given are signed; `url` has no query."""
    parts = urlsplit(url)
    payload = sha256(body).hexdigest()
    all_headers = {"host": parts.netloc, "x-acs-content-sha256": payload, **{name.lower(): value for name, value in headers.items()}}
    names = sorted(all_headers)
    lines = "".join(f"{name}:{all_headers[name].strip()}\n" for name in names)
    request = "\n".join((method, parts.path or "/", canonical_query(query), lines, ";".join(names), payload))
    to_sign = f"{ALGORITHM}\n{sha256(request.encode()).hexdigest()}"
    signature = hmac.new(secret.encode(), to_sign.encode(), sha256).hexdigest()
    return {**all_headers, "Authorization": f"{ALGORITHM} Credential={key_id},SignedHeaders={';'.join(names)},Signature={signature}"}


def timestamp(now: int) -> str:
    """Epoch ms as `x-acs-date` wants it."""
    return datetime.fromtimestamp(now // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _escaped(text: str) -> str:
    return quote(text, safe="-_.~")
