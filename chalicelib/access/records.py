"""The items behind keys: one that a request finds by the key's hash, one that operators list.

Both are written in one transaction. Table keys: pk `<sha256 of the key>`. Table definitions: pk `key`, sk `<key id>`.
"""

from hashlib import sha256
from typing import Final

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute, VersionAttribute

from chalicelib.access.model import Key, KeyKind, Scope
from chalicelib.definitions.records import whole
from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta

ENTRIES: Final = "key"  # partition of the definitions table; kinds of definitions are plural, so it meets none of them
ID_LENGTH: Final = 16  # hex digits of the hash: enough to name a key, too few to find it again


class KeyRecord(StoredItem):
    """A key that holds. A revoked one has no such item."""

    Meta = meta("keys")
    pk = UnicodeAttribute(hash_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    kind = UnicodeAttribute()
    source = UnicodeAttribute(null=True)
    scopes = JSONAttribute()
    label = UnicodeAttribute(default="")
    created = NumberAttribute()
    expires = NumberAttribute(null=True)  # epoch ms


class KeyEntry(StoredItem):
    """A key as operators see it, also after it was revoked."""

    Meta = meta("definitions")
    pk = UnicodeAttribute(hash_key=True, default=ENTRIES)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    rev = VersionAttribute()
    hash = UnicodeAttribute()
    kind = UnicodeAttribute()
    source = UnicodeAttribute(null=True)
    scopes = JSONAttribute()
    label = UnicodeAttribute(default="")
    created = NumberAttribute()
    created_by = UnicodeAttribute()
    expires = NumberAttribute(null=True)
    revoked = NumberAttribute(null=True)

    def key(self) -> Key:
        """The entry as the rest of the system sees it."""
        return Key(
            id=self.sk,
            kind=KeyKind(self.kind),
            source=self.source,
            scopes=tuple(Scope(one) for one in self.scopes),
            label=self.label,
            created_at=int(self.created),
            created_by=self.created_by,
            expires_at=whole(self.expires),
            revoked_at=whole(self.revoked),
        )

    def record(self) -> KeyRecord:
        """The item that a request finds."""
        return KeyRecord(
            self.hash, kind=self.kind, source=self.source, scopes=self.scopes, label=self.label, created=self.created, expires=self.expires
        )


def hashed(text: str) -> str:
    """The hex SHA-256 of a key's text. Unsalted: a lookup needs it, and keys are long random texts."""
    return sha256(text.encode()).hexdigest()


def id_of(key_hash: str) -> str:
    """The public name of the key with that hash."""
    return key_hash[:ID_LENGTH]
