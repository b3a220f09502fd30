"""Rules for simulated people: each kind, each kind of window, and some that ask for one another."""

from typing import Any, Final

Rule = tuple[str, str, dict[str, Any]]

_DRESS: Final = {"key": {"eq": "dress"}}

EARLY: Final[list[Rule]] = [
    (
        "scores",
        "activity",
        {
            "rules": [{"event": "Scanned", "add": 5, "max_per_day": 15}, {"event": "Clicked", "where": _DRESS, "add": 10}],
            "bands": [{"name": "low", "upto": 20}, {"name": "middle", "upto": 40}, {"name": "high"}],
        },
    ),
    ("segments", "clickers", {"where": {"event": "Clicked", "where": _DRESS, "count": {"gt": 2}, "within": "2h"}}),
    ("tags", "spender", {"where": {"event": "Clicked", "sum": "amount", "gte": 10}}),
    (
        "tags",
        "level",
        {
            "values": [
                {"value": "gold", "where": {"attribute": "points", "gte": 10}},
                {"value": "silver", "where": {"attribute": "points", "gte": 4}},
            ]
        },
    ),
]
LATE: Final[list[Rule]] = [
    ("segments", "quiet", {"where": {"all": [{"score": "activity", "gt": 10}, {"last_seen": {"before": "90m"}}]}}),
    ("segments", "converted", {"where": {"event": "$segment_entered", "where": {"segment": {"eq": "clickers"}}}}),
    (
        "segments",
        "pairs",
        {
            "where": {
                "any": [
                    {"sequence": [{"event": "Scanned"}, {"event": "Clicked", "where": _DRESS}], "within": "30s"},
                    {"all": [{"tag": "level"}, {"identifier": "mobile", "exists": True}]},
                ]
            }
        },
    ),
    (
        "lifecycle",
        "default",
        {
            "stages": [
                {"name": "loyal", "where": {"score": "activity", "band": "high"}},
                {"name": "new", "where": {"first_seen": {"within": "2h"}}},
                {"name": "asleep", "where": {"segment": "quiet"}},
            ]
        },
    ),
]
