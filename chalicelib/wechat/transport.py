"""One request to the platform: what goes in, what comes back, and what is told when nothing does.

An address holds the access token or the AppSecret: `outgoing.connections` lets no error that quotes it get out, and logs nothing.
"""

from typing import Final

from chalicelib.outgoing.connections import exchange
from chalicelib.wechat.wire import Answer, Request

READ_SECONDS: Final = 5.0  # between two pieces of an answer; three attempts fit into the 29 s that API Gateway waits
_JSON: Final = "application/json; charset=utf-8"


def send(request: Request) -> Answer:
    """The platform's answer, of any status. Raises NoAnswer."""
    upload = request.file
    response = exchange(
        request.method,
        request.url,
        READ_SECONDS,
        params=dict(request.query),
        data=request.body,
        files={upload.field: (upload.name, upload.content, upload.type)} if upload else None,
        headers={"Content-Type": _JSON} if request.body is not None else {},
    )
    return Answer(response.status_code, response.content, response.headers.get("Content-Type", ""))
