"""What a message may cost: a change that makes it dearer has to say so here."""

import pytest

from tests.bench.messages import FOLLOWED, spent
from tests.bench.posting import CARRIER

LEDGER: float = 4.0  # queued, claimed, settled, its receipt
INDEX: float = 1.0  # by the provider's number, where receipts do not name our id
WRITES: float = 5.2  # with the place under the person's caps, and the account's tokens
READS: float = 4.1  # the last of them: whether anything stands against the address that a receipt says it reached


def test_a_message_with_its_receipt_costs_no_more_than_it_did() -> None:
    found = spent()
    steps = [cost for name, cost in found.items() if name != FOLLOWED]
    assert sum(cost.ledger for cost in steps) <= LEDGER
    assert sum(cost.write for cost in steps) <= WRITES
    assert sum(cost.read for cost in steps) <= READS


def test_only_a_message_whose_receipts_name_the_providers_number_pays_for_an_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CARRIER, "by_key", False)
    assert sum(cost.ledger for name, cost in spent().items() if name != FOLLOWED) == LEDGER + INDEX


def test_telling_of_a_state_costs_an_event_and_little_else() -> None:
    assert spent()[FOLLOWED].write <= 1.5
