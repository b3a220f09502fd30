"""Repair: a queue mapping with a batching window waits for company, as Lambda does, so that what is sent together arrives together.

The pinned version takes the first message as soon as it is there. Here nobody waits as long as in production: what comes in such small
numbers is there within ten seconds. Nor do as many work at once as production may have: each is a process that has to start, and on two
processors twenty of them do the work of three, later.
"""

import os
import time
from typing import Any, Final

LONGEST: Final = 10.0  # seconds
AT_ONCE: Final = max(3, os.cpu_count() or 0)  # workers of one mapping
_FULL: Final = 10  # messages that the emulator hands over at once


def repair() -> None:
    """Lets no batch begin while its window is open, nor while enough are under way. The poller asks how many may be before it takes any."""
    from ministack.services import lambda_svc

    stock = lambda_svc._sqs_esm_concurrency

    def concurrency(mapping: dict[str, Any], function: Any, config: Any, queue: dict[str, Any] | None = None) -> int:
        return allowed(int(stock(mapping, function, config, queue)), mapping, queue or {}, time.time())

    lambda_svc._sqs_esm_concurrency = concurrency


def allowed(most: int, mapping: dict[str, Any], queue: dict[str, Any], now: float) -> int:
    """How many batches of a mapping may be under way, of which it lets be `most` itself. `now` in s."""
    return 0 if is_open(mapping, queue, now) else min(AT_ONCE, most)


def is_open(mapping: dict[str, Any], queue: dict[str, Any], now: float) -> bool:
    """Whether more messages are waited for: the window has not passed for the first that can be taken, and there are few. `now` in s."""
    window = min(float(mapping.get("MaximumBatchingWindowInSeconds") or 0), LONGEST)
    since = [max(float(one["sent_at"]), float(one.get("visible_at") or 0)) for one in list(queue.get("messages", ()))]
    ready = [at for at in since if at <= now]
    return bool(ready) and len(ready) < _FULL and now - min(ready) < window
