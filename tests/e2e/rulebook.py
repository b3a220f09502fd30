"""The rules that the tests of living people share, beside those of `docs/examples`. Each asks for events that only its test sends."""

from typing import Any, Final

Rule = tuple[str, str, dict[str, Any]]  # (kind, name, document)

TALLIES: Final = (40, 30, 20, 10)

RULES: Final[tuple[Rule, ...]] = (
    ("segments", "interested", {"where": {"lifecycle": "意向"}}),
    ("segments", "lead-high", {"where": {"score": "lead", "band": "high"}}),
    ("segments", "recharged", {"title": "高价值", "where": {"event": "CardCharged", "sum": "amount", "gte": 1000, "within": "30d"}}),
    ("segments", "waiting", {"where": {"event": "TicketDrawn", "within": "3h"}}),
    ("segments", "vip-service", {"where": {"tag": "大客户", "by": "manual"}}),
    ("segments", "tallied", {"where": {"event": "Tallied", "count": {"gte": TALLIES[0]}}}),
    ("tags", "tally", {"values": [{"value": str(n), "where": {"event": "Tallied", "count": {"gte": n}}} for n in TALLIES]}),
)
