"""Connections to others' servers, over `requests`: kept, made anew when they rested, and silent about what goes over them.

What is asked may be secret and the errors of `requests` quote it: none of them leaves this module, and nothing here is written to a log.
"""

import logging
from functools import cache
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from chalicelib.outgoing.wire import NoAnswer

if TYPE_CHECKING:
    from requests import Response, Session

CONNECT_SECONDS: Final = 2.0
IDLE_SECONDS: Final = 20.0  # a connection that rested longer is made anew: a lambda that was frozen does not see that it was closed

_resting: Final = Lock()


def exchange(method: str, url: str, read_seconds: float, **parts: Any) -> "Response":
    """The answer, of any status, to a request with the parts that `requests` knows; at most `read_seconds` between two pieces of it.

    Redirects are not followed, nothing is tried twice. Raises NoAnswer.
    """
    from requests.exceptions import ConnectTimeout, RequestException

    try:
        return _session().request(method, url, timeout=(CONNECT_SECONDS, read_seconds), allow_redirects=False, **parts)
    except ConnectTimeout:
        lost = NoAnswer(sent_maybe=False)
    except RequestException as error:
        lost = NoAnswer(sent_maybe=not _was_refused(error))
    raise lost  # outside of the handlers, so that it carries no error that quotes the request


def _was_refused(error: Exception) -> bool:
    """Whether no connection came about at all: nothing can have been sent."""
    from urllib3.exceptions import NewConnectionError

    seen: BaseException | object = error
    for _ in range(3):  # requests' error holds urllib3's MaxRetryError, which holds the reason
        seen = getattr(seen, "reason", None) or next(iter(getattr(seen, "args", ())), None)
        if isinstance(seen, NewConnectionError):
            return True
    return False


def _session() -> "Session":
    session, used = _kept()
    with _resting:  # ten threads come after a rest: who closed once more would cut off those who have gone on
        now = monotonic()
        if now - used[0] > IDLE_SECONDS:
            session.close()  # drops its connections; it goes on with new ones
        used[0] = now
    return session


@cache
def _kept() -> "tuple[Session, list[float]]":
    """The session of this process, and when it was used last (monotonic seconds)."""
    from requests import Session

    logging.getLogger("urllib3").setLevel(logging.WARNING)  # it writes whole addresses at DEBUG
    session = Session()
    session.trust_env = False  # no passwords or proxies out of files that happen to be there
    return session, [monotonic()]
