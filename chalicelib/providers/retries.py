"""When a message is tried again, by what the last attempt came to. Pure."""

from typing import Final

from chalicelib.providers.model import Outcome, Result

FIRST_PAUSE_MS: Final = 5_000
LONGEST_PAUSE_MS: Final = 15 * 60_000
MAX_ATTEMPTS: Final = 8  # where keys live shortly, or there are none: some minutes
LONG_KEY_MS: Final = 3_600_000  # a key that lives for longer is used as long as it lives
UNTOLD_LIMIT_MS: Final = 5 * 60_000  # for a limit that does not say when it is over
SPREAD_MS: Final = 30_000  # so that not everybody who waited comes back at the same moment


def again_at(outcome: Outcome, attempts: int, first_at: int, now: int, chance: float, keys_live_ms: int = 0) -> int | None:
    """Epoch ms of the next attempt after `attempts` of them, the first at `first_at`; None when there is none.

    `chance` is from 0 to 1. A limit is no attempt that failed, so its number does not end it: give it none. An unknown outcome is tried
    again only while the provider knows the key (`keys_live_ms`). A provider that knows keys for days may be out of order for days: only the
    key's end is the end of attempts there. MISCONFIGURED waits for people.
    """
    if outcome.kind is Result.LIMITED:
        end = now + UNTOLD_LIMIT_MS if outcome.until is None else max(outcome.until, now)
        return end + round(chance * SPREAD_MS)
    if outcome.kind not in (Result.RETRY, Result.UNKNOWN):
        return None
    at = now + pause_ms(attempts, chance)
    known = at - first_at < keys_live_ms
    if attempts >= MAX_ATTEMPTS and not (known and keys_live_ms > LONG_KEY_MS):
        return None
    return at if known or outcome.kind is Result.RETRY else None


def pause_ms(attempts: int, chance: float) -> int:
    """How long to wait after so many attempts: twice as long each time, half of it by chance."""
    whole = min(FIRST_PAUSE_MS << min(max(attempts - 1, 0), 20), LONGEST_PAUSE_MS)
    return round(whole * (0.5 + chance / 2))
