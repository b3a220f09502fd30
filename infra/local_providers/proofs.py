"""Whether a call is signed as the provider asks for, worked out from what came over the wire."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from infra.local_wechat.wire import Request

_ACS3: Final = re.compile(r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})")
_TC3: Final = re.compile(
    r"TC3-HMAC-SHA256 Credential=([^/]+)/(\d{4}-\d\d-\d\d)/([a-z]+)/tc3_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})"
)


def aliyun_key(request: Request) -> str:
    """Whose key the call names; "" when it is not signed in this way."""
    found = _ACS3.fullmatch(request.headers.get("authorization", ""))
    return found[1] if found else ""


def aliyun_proves(request: Request, secret: str) -> bool:
    """Whether the signature is that of the secret."""
    found = _ACS3.fullmatch(request.headers.get("authorization", ""))
    digest = hashlib.sha256(request.body).hexdigest()
    if not found or request.headers.get("x-acs-content-sha256") != digest:
        return False
    names = found[2].split(";")
    if not {"host", "x-acs-action", "x-acs-date", "x-acs-version"} <= set(names):
        return False
    query = "&".join(f"{_enc(name)}={_enc(value)}" for name, value in sorted(request.query.items()))
    lines = "".join(f"{name}:{request.headers.get(name, '').strip()}\n" for name in names)
    canonical = f"{request.method}\n{request.path}\n{query}\n{lines}\n{found[2]}\n{digest}"
    text = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
    return hmac.compare_digest(hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest(), found[3])


def tencent_key(request: Request) -> str:
    """Whose key the call names; "" when it is not signed in this way."""
    found = _TC3.fullmatch(request.headers.get("authorization", ""))
    return found[1] if found else ""


def tencent_proves(request: Request, secret: str) -> bool:
    """Whether the signature is that of the secret, for the time that the call names."""
    found = _TC3.fullmatch(request.headers.get("authorization", ""))
    seconds = request.headers.get("x-tc-timestamp", "")
    if not found or not seconds.isdigit():
        return False
    _, day, service, names, given = found.groups()
    if day != datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%d"):
        return False
    lines = "".join(f"{name}:{_lower(name, request.headers)}\n" for name in names.split(";"))
    body = hashlib.sha256(request.body).hexdigest()
    canonical = f"{request.method}\n/\n\n{lines}\n{names}\n{body}"
    text = f"TC3-HMAC-SHA256\n{seconds}\n{day}/{service}/tc3_request\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = b"TC3" + secret.encode()
    for part in (day, service, "tc3_request", text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.compare_digest(key.hex(), given)


def basic(request: Request) -> tuple[str, str]:
    """Name and password of a call; two empty texts when it has none."""
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    try:
        name, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return (name, password) if kind == "Basic" else ("", "")


def webhook_proves(request: Request, secret: str, now_seconds: int) -> bool:
    """Whether one of the signatures is that of the secret and the time is within five minutes."""
    stamp = request.headers.get("webhook-timestamp", "")
    if not stamp.isdigit() or abs(int(stamp) - now_seconds) > 300:  # noqa: PLR2004 - seconds, what receivers commonly allow
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{request.headers.get('webhook-id', '')}.{stamp}.".encode() + request.body
    wanted = "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(wanted, one) for one in request.headers.get("webhook-signature", "").split())


def _enc(text: str) -> str:
    return quote(text, safe="-_.~")


def _lower(name: str, headers: Mapping[str, str]) -> str:
    return headers.get(name, "").strip().lower()
