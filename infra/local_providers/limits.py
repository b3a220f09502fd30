"""How many messages a number may get, and an account may send."""

from typing import Final

from infra.local_providers.state import Account
from infra.local_providers.world import World
from infra.local_wechat.clock import HOUR_MS, MINUTE_MS, china_day

MINUTE, HOUR, DAY, ACCOUNT = "minute", "hour", "day", "account"
_CHINA_MS: Final = 8 * HOUR_MS


def reached(world: World, account: Account, number: str) -> str:
    """Which limit stands in the way of one message more, or ""; counts the message when none does."""
    now = world.clock.world()
    day = china_day(now)
    counted: dict[str, tuple[int, tuple[str, ...]]] = {
        MINUTE: (world.choices.number_per_minute, (account.key_id, number, MINUTE, str(now // MINUTE_MS))),
        HOUR: (world.choices.number_per_hour, (account.key_id, number, HOUR, str(now // HOUR_MS))),
        DAY: (world.choices.number_per_day, (account.key_id, number, DAY, day)),
    }
    if account.day_limit is not None:
        counted[ACCOUNT] = (account.day_limit, (account.key_id, ACCOUNT, day))
    for name, (most, key) in counted.items():
        if world.counters[key] >= most:
            return name
    for _, key in counted.values():
        world.counters[key] += 1
    return ""


def paid(account: Account) -> bool:
    """Whether the account can pay one message more; takes it off."""
    if account.balance is None:
        return True
    account.balance -= 1
    return account.balance >= 0


def china_hour(now: int) -> int:
    """The hour in China, 0 to 23."""
    return (now + _CHINA_MS) // HOUR_MS % 24
