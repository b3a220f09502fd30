"""Secrets of the platform that one worker makes and all use: the access token, the ticket of pages.

    sharing.current(TOKEN, appid, means)             # from memory, else from the table, else a new one
    sharing.replaced(TOKEN, appid, refused, means)   # when the platform has refused it

Whoever finds none that is good takes the lease and makes one, all others wait for it. A worker that dies with the lease holds them up
until it ends. An attempt that failed is remembered for a while too, so that fifty workers do not repeat it one after the other.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from chalicelib.wechat import apis, errors, token_records
from chalicelib.wechat.apis import Api
from chalicelib.wechat.calling import ATTEMPTS, Means, app_secrets
from chalicelib.wechat.errors import TokenRefused, TryAgain, WechatError
from chalicelib.wechat.token_records import Shared

MARGIN_MS: Final = 300_000  # not used in its last 5 minutes: the platform renews it then
LEASE_MS: Final = 10_000  # longer than an attempt takes at most
LOOKS: Final = 50  # at a secret that somebody else is making; together longer than a lease
LOOK_SECONDS: Final = 0.3
AGAIN_MS: Final = 30_000  # how long one that was made after a refusal is not replaced itself; the platform would not force it sooner
_FAULT_PAUSE_MS: Final = 500  # after a fault of the moment
_REPAIR_PAUSE_MS: Final = 60_000  # after what only a person can mend
_WRONG_TOKEN: Final = 40001


@dataclass(frozen=True, slots=True)
class Made:
    """What the platform made: a secret, and for how long (ms) it is good."""

    value: str
    lives: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a secret is made: this value was refused, "" for none. `fresh`: it was made a moment ago, so that the platform would only repeat
    it.
    """

    value: str = field(default="", repr=False)
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of secret: its name in the table, the interface that makes it, and how."""

    name: str
    api: Api
    make: Callable[[str, "Refusal", Means], Made]  # for an appid; one attempt only


_memory: Final[dict[tuple[str, str], tuple[str, int]]] = {}


def current(kind: Kind, appid: str, means: Means) -> str:
    """A value that is good. Raises the errors of `errors` when none can be had."""
    value, until = _memory.get((appid, kind.name), ("", 0))
    return value if until > means.now() else _found(kind, appid, "", means)


def replaced(kind: Kind, appid: str, refused: str, means: Means) -> str:
    """Another value than one that was refused, which is made once for all. Raises TokenRefused when the one before was refused a moment
    ago as well, and as `current`.
    """
    _memory.pop((appid, kind.name), None)
    return _found(kind, appid, refused, means)


def forget() -> None:
    """Look into the table again."""
    _memory.clear()


def _found(kind: Kind, appid: str, refused: str, means: Means) -> str:
    """A good value that is not the refused one: somebody else's, or one that is made here."""
    faults = 0
    for _ in range(LOOKS):
        try:
            found = _look(kind, appid, refused, means)
        except TryAgain:
            found, faults = None, faults + 1
        if found is not None:
            _memory[appid, kind.name] = (found.value, found.until)
            return found.value
        if faults == ATTEMPTS:
            break
        means.sleep(LOOK_SECONDS * (0.75 + means.chance() / 2))
    raise apis.lost(kind.api, sent_maybe=False)


def _look(kind: Kind, appid: str, refused: str, means: Means) -> Shared | None:
    """What all know, or what was made now; None as long as it is somebody else who makes it."""
    shared = token_records.read(appid, kind.name, app_secrets(appid, kind.api))
    if shared.value and shared.value != refused and means.now() < shared.until:
        return shared
    if not _is_free(kind, shared, refused, means.now()):
        return None
    made = _made(kind, appid, refused, shared, means)
    return made if made is not None and made.value != refused else None


def _is_free(kind: Kind, shared: Shared, refused: str, now: int) -> bool:
    """Whether a new value may be made now. Raises what forbids it for longer."""
    if refused and refused == shared.value and now < shared.renewed_at + AGAIN_MS:
        raise TokenRefused(errors.verdict_of(_WRONG_TOKEN), kind.api.path)
    if now < shared.failed_until:
        error = errors.error_of(shared.failed, "", kind.api.path, now, asks_for_token=True)
        if error is not None and not isinstance(error, TryAgain):
            raise error
        return False
    return shared.held_until <= now


def _made(kind: Kind, appid: str, refused: str, shared: Shared, means: Means) -> Shared | None:
    """What was made for all; None when another worker was faster. Raises what the platform answers."""
    known, began = app_secrets(appid, kind.api), means.now()
    lease = replace(shared, turn=shared.turn + 1, held_until=began + LEASE_MS, failed=0, failed_until=0)
    if not token_records.write(appid, kind.name, known, lease, began):
        return None
    try:
        made = kind.make(appid, Refusal(refused, refused == shared.value and began < shared.made_at + AGAIN_MS), means)
    except WechatError as failed:
        _give_up(kind, appid, lease, failed, means.now())
        raise
    until = began + _life(made.lives)
    renewed = Shared(lease.turn + 1, made.value, until, made_at=began, renewed_at=began if refused else 0)
    return renewed if token_records.write(appid, kind.name, known, renewed, began) else None


def _give_up(kind: Kind, appid: str, lease: Shared, failed: WechatError, now: int) -> None:
    """Gives the lease back, and keeps others from trying the same at once. Whoever took it over meanwhile knows better."""
    until = now + (_FAULT_PAUSE_MS if isinstance(failed, TryAgain) else _REPAIR_PAUSE_MS)
    after = replace(lease, turn=lease.turn + 1, held_until=0, failed=failed.number, failed_until=until)
    token_records.write(appid, kind.name, app_secrets(appid, kind.api), after, now)


def _life(lives: int) -> int:
    """How long (ms) a value is used: not in its last minutes, but for half of its time at least."""
    return max(lives - MARGIN_MS, lives // 2)
