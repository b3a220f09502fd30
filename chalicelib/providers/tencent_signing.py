"""Tencent Cloud's signature TC3-HMAC-SHA256 (cloud.tencent.com, document 213/30654). Pure."""

import hmac
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

ALGORITHM: Final = "TC3-HMAC-SHA256"
_NAMES: Final = "content-type;host"


def authorization(service: str, host: str, content_type: str, body: bytes, seconds: int, secret_id: str, secret_key: str) -> str:
    """The Authorization header of a POST to / with these two headers. `seconds` are epoch, the same as in X-TC-Timestamp; a clock that is
    more than 5 minutes off is refused.
    """
    day = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")
    scope = f"{day}/{service}/tc3_request"
    headers = f"content-type:{content_type}\nhost:{host}\n"
    request = "\n".join(("POST", "/", "", headers, _NAMES, sha256(body).hexdigest()))
    to_sign = f"{ALGORITHM}\n{seconds}\n{scope}\n{sha256(request.encode()).hexdigest()}"
    key = f"TC3{secret_key}".encode()
    for part in (day, service, "tc3_request"):
        key = _mac(key, part)
    signature = _mac(key, to_sign).hex()
    return f"{ALGORITHM} Credential={secret_id}/{scope}, SignedHeaders={_NAMES}, Signature={signature}"


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), sha256).digest()
