"""How timers are spread: by the minute in which they fall due, and over a few shards of it. Pure."""

from hashlib import blake2b
from typing import Final

MINUTE_MS: Final = 60_000
# Of one minute. A partition takes 1,000 writes a second, and a shard is sent by one lambda at some 700 messages a second. Imported orders
# that know only their day make tens of thousands of timers in one minute. Each shard in use costs an execution a minute.
SHARDS: Final = 4


def shard_of(subject: str) -> int:
    """The shard of a subject's timers."""
    return blake2b(subject.encode(), digest_size=1).digest()[0] % SHARDS
