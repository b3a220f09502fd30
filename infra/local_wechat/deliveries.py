"""What is kept of each push, how the platform pushes, and where to."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from chalicelib.wechat.cipher import key_of
from infra.local_wechat.answers import Verdict
from infra.local_wechat.clock import MINUTE_MS
from infra.local_wechat.delivery_faults import Effect
from infra.local_wechat.envelopes import Destination
from infra.local_wechat.payloads import Tree
from infra.local_wechat.routes import Nonsense
from infra.local_wechat.state import Account, Mode
from infra.local_wechat.transport import ANSWER_SECONDS
from infra.local_wechat.unanswered import Fault


class Outcome(StrEnum):
    """What became of a push."""

    UNDER_WAY = "under_way"
    DELIVERED = "delivered"
    FAILED = "failed"  # three times
    LOST = "lost"  # in the minute without pushes
    HELD = "held"  # by a fault, for later
    NOWHERE = "nowhere"  # the account has no callback address


@dataclass(frozen=True, slots=True)
class Attempt:
    """One delivery. `spoilt` names the fault that it was sent with; `fault` and `detail` say why its answer does not count."""

    number: int
    at: int
    verdict: Verdict
    status: int = 0
    fault: Fault | None = None
    detail: str = ""
    spoilt: Effect | None = None
    reply: Tree = field(default_factory=dict)


@dataclass(slots=True)
class Delivery:
    """A push and what became of it. `name` is its event, or its message type."""

    order: int
    appid: str
    openid: str
    name: str
    tree: Tree
    outcome: Outcome = Outcome.UNDER_WAY
    attempts: list[Attempt] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """For the admin API."""
        return asdict(self)


@dataclass(slots=True)
class Ways:
    """How the platform pushes: what nobody outside knows exactly, or a test wants otherwise."""

    breaker_failures: int = 10  # pushes failed in a row that stop all of them
    breaker_ms: int = MINUTE_MS
    lost_answer_seconds: float = ANSWER_SECONDS  # until a delivery whose answer was lost is repeated
    job_delay_ms: int = 300  # from taking on a message to the event that tells what became of it
    jobs_first: bool = False  # that event comes before the call's own answer
    template_status: str = ""  # what that event says of template messages; "" is the truth
    same_second: bool = False  # whether two events of one fan may have one CreateTime; people are rarely as quick as scripts


def destination(account: Account) -> Destination:
    """Where the account's pushes go. Raises Nonsense for a mode that needs a key, without one."""
    if account.mode is not Mode.PLAIN and account.callback_url and not account.aes_key:
        raise Nonsense(f"{account.appid} is in {account.mode} mode and has no aes_key")
    keys = tuple(key_of(one) for one in (account.aes_key, account.old_aes_key) if one)
    form = account.form
    return Destination(
        account.appid, account.original_id, account.callback_url, account.token, account.mode, form, keys, not account.official
    )
