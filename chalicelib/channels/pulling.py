"""Receipts of providers that call nobody back: they are asked, every hour.

    note([("app-main", "6001")], now)               # these were sent
    for receipts in pulled("app-main", now): ...     # what has become known

Some tell of the messages that one names (JPush): those are kept here until they have arrived, and asked about three times. Others give
whatever they have, once (Tencent Cloud): they are asked only where they do not call us, which is where the account has no secret
`callback`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final

from chalicelib.channels import pull_records
from chalicelib.channels.carried import means
from chalicelib.channels.pull_records import Outstanding
from chalicelib.outgoing.wire import NoAnswer
from chalicelib.providers import adapters, connected
from chalicelib.providers.adapter import CALLBACK, Adapter, Pulls
from chalicelib.providers.model import Account, Receipt
from chalicelib.settings import settings
from chalicelib.telemetry import count_provider_call

PULLED: Final = "pulled"
PULL_FAILED: Final = "pull_failed"
MOST_QUESTIONS: Final = 500  # to one account in one hour; what is left waits for the next
_MINUTE_MS: Final = 60_000
TURNS_MS: Final = (10 * _MINUTE_MS, 6 * 60 * _MINUTE_MS, 24 * 60 * _MINUTE_MS)
"""How long after the message, and then after the turn before, it is asked about: phones are off at night."""


def note(sent: Iterable[tuple[str, str]], now: int) -> None:
    """Keeps messages (account, provider's number) to be asked about. Those of other accounts are passed over; twice is once, nearly."""
    by_account: dict[str, list[str]] = defaultdict(list)
    for account, reference in sent:
        if reference:
            by_account[account].append(reference)
    for name, references in by_account.items():
        adapter = connected.adapter_of(name)
        if adapter is not None and adapters.adapter(adapter).pulls is Pulls.THESE:
            _keep(name, references, 0, now)


def pulled(name: str, now: int) -> Iterator[tuple[Receipt, ...]]:
    """Receipts of an account, as they come. Whoever takes the next ones has kept those before: only then are they forgotten here."""
    found = _connected(name)
    if found is None or found[1].lacking(found[0]) is not None:
        return
    account, adapter = found
    if adapter.pulls is Pulls.THESE:
        yield from _asked_for(account, adapter, now)
    elif adapter.pulls is Pulls.WAITING and not account.secret(CALLBACK):
        yield from _emptied(account, adapter, now)


def _asked_for(account: Account, adapter: Adapter[Any], now: int) -> Iterator[tuple[Receipt, ...]]:
    for outstanding in pull_records.due_of(account.name, now, MOST_QUESTIONS):
        receipts = _asked(account, adapter, outstanding.references, now)
        if receipts is None:
            return  # what is silent now is silent for the next question too
        yield receipts
        arrived = {receipt.provider_id for receipt in receipts}
        turn = outstanding.turn + 1
        if turn < len(TURNS_MS):
            _keep(account.name, [one for one in outstanding.references if one not in arrived], turn, now)
        pull_records.drop(outstanding)


def _emptied(account: Account, adapter: Adapter[Any], now: int) -> Iterator[tuple[Receipt, ...]]:
    for _ in range(MOST_QUESTIONS):
        receipts = _asked(account, adapter, (), now)
        if not receipts:
            return
        yield receipts


def _asked(account: Account, adapter: Adapter[Any], references: tuple[str, ...], now: int) -> tuple[Receipt, ...] | None:
    try:
        found = adapter.pulled(references, account, now, means())
    except NoAnswer:
        count_provider_call(account.name, account.adapter, PULL_FAILED)
        return None
    count_provider_call(account.name, account.adapter, PULLED)
    return found


def _keep(account: str, references: list[str], turn: int, now: int) -> None:
    wait = int(TURNS_MS[turn] / settings().time_scale)
    for part in pull_records.chunks(references):
        pull_records.keep(Outstanding(account, part, now + wait, turn))


def _connected(name: str) -> tuple[Account, Adapter[Any]] | None:
    account = connected.account_of(name)
    return None if account is None else (account, adapters.adapter(account.adapter))
