"""The window on a fan's item: attributes that nobody else writes."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.dynamo import StoredItem, meta
from chalicelib.fans.contacts import Window


class WindowRecord(StoredItem):
    """A fan's window; times in ms. The item may be there without one, and hold much else."""

    Meta = meta("fans")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    opened_at = NumberAttribute(null=True)
    opened_by = UnicodeAttribute(null=True)
    open_until = NumberAttribute(null=True)
    left = NumberAttribute(null=True)


def window_of(record: WindowRecord) -> Window:
    """The window of an item."""
    return Window(int(record.opened_at or 0), record.opened_by or "", int(record.open_until or 0), int(record.left or 0))
