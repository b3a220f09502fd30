"""Repair: a queue mapping with a batching window waits for company, as Lambda does, so that what is sent together arrives together.

The pinned version takes the first message as soon as it is there. Here nobody waits as long as in production: what comes in such small
numbers is there within ten seconds.
"""

import time
from typing import Any, Final

LONGEST: Final = 10.0  # seconds
_FULL: Final = 10  # messages that the emulator hands over at once


def repair() -> None:
    """Lets no batch begin while its window is open. The poller asks how many batches may be under way before it takes messages."""
    from ministack.services import lambda_svc

    stock = lambda_svc._sqs_esm_concurrency

    def allowed(mapping: dict[str, Any], function: Any, config: Any, queue: dict[str, Any] | None = None) -> int:
        return 0 if is_open(mapping, queue or {}, time.time()) else int(stock(mapping, function, config, queue))

    lambda_svc._sqs_esm_concurrency = allowed


def is_open(mapping: dict[str, Any], queue: dict[str, Any], now: float) -> bool:
    """Whether more messages are waited for: the window has not passed for the first that can be taken, and there are few. `now` in s."""
    window = min(float(mapping.get("MaximumBatchingWindowInSeconds") or 0), LONGEST)
    since = [max(float(one["sent_at"]), float(one.get("visible_at") or 0)) for one in list(queue.get("messages", ()))]
    ready = [at for at in since if at <= now]
    return bool(ready) and len(ready) < _FULL and now - min(ready) < window
