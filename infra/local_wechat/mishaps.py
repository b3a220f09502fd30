"""What faults do to answers. What only the connection can do (silence, resets, half an answer) is left to the server."""

import re
from dataclasses import replace
from typing import Final

from infra.local_wechat.faults import Effect, Fault
from infra.local_wechat.wire import HTML_TYPE, OK, TEXT_TYPE, Answer

_FINE: Final = re.compile(rb'"errcode": 0, "errmsg": "ok"(, )?')
_BAD_GATEWAY: Final = 502
_HTML: Final = b"<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"


def instead(fault: Fault) -> Answer:
    """What comes in place of an answer to a call that has no effect."""
    match fault.effect:
        case Effect.HTTP:
            return Answer(_HTML, int(fault.value or _BAD_GATEWAY), HTML_TYPE)
        case Effect.HTML:
            return Answer(_HTML, OK, HTML_TYPE)
        case _:
            return Answer(mishap=fault)


def befallen(answer: Answer, fault: Fault) -> Answer:
    """The answer of a call that had its effect, as it arrives."""
    match fault.effect:
        case Effect.TEXT_PLAIN:
            return replace(answer, content_type=TEXT_TYPE)
        case Effect.BAD_UTF8:
            return replace(answer, body=answer.body.replace(b'"', b'"\xff\xfe', 1))
        case Effect.EXTRA_FIELDS:
            return replace(answer, body=answer.body[:-1] + b', "new_field": {"of": ["a", "later", "version"]}}')
        case Effect.MISSING_ERRCODE:
            return replace(answer, body=_FINE.sub(b"", answer.body))
        case _:
            return replace(answer, mishap=fault)
