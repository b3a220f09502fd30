"""A row and the mapping give a draft of an event, or the reason why not. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote

from chalicelib.events.jsontext import canonical
from chalicelib.events.model import AttributeChange, Draft, Json, Kind, Operation, Refusal, Source
from chalicelib.imports import cells
from chalicelib.imports import mapping as documents
from chalicelib.imports.cells import CellInvalid, Row
from chalicelib.imports.feed import FileRecord
from chalicelib.imports.fields import Value

CONTACTS: Final = ("mobile", "email")  # namespaces that a file may vouch for or not, and that exports mask
ID_DIGITS: Final = 32  # hexadecimal, of a hash that stands in for an id
_MASK: Final = "*"


class Content(StrEnum):
    """What the rows of a file are about."""

    ORDERS = "orders"
    MEMBERS = "members"
    FORMS = "forms"


_EVENT_NAMES: Final = {Content.ORDERS: "OrderPaid", Content.FORMS: "FormSubmitted"}
MEMBER_PROFILE: Final = "MemberProfile"  # the name of the record by which a members file changes attributes; it is no event of the timeline


@dataclass(frozen=True, slots=True)
class Translation:
    """How the rows of one file are read: content, mapping, source, and the time (epoch ms) that members are as of."""

    content: Content
    mapping: documents.Mapping
    source: Source
    as_of: int

    @property
    def kind(self) -> Kind:
        """Members without an event name change attributes, and nothing happened."""
        return Kind.PROFILE if self.content is Content.MEMBERS and self.mapping.event is None else Kind.TRACK

    @property
    def name(self) -> str:
        """The events' name: the mapping's, else the content's."""
        return self.mapping.event or _EVENT_NAMES.get(self.content, MEMBER_PROFILE)

    def record(self, number: int, row: Row) -> Draft | Refusal | None:
        """What a row says; None when a skip rule leaves it out or all its cells are empty. `number` becomes the record's index."""
        if not any(value is not None for value in map(cells.cleaned, row.values())) or any(_skips(rule, row) for rule in self.mapping.skip):
            return None
        try:
            return self._draft(number, row)
        except CellInvalid as invalid:
            return Refusal(number, invalid.code, invalid.detail, dict(row))

    def _draft(self, number: int, row: Row) -> Draft:
        identity = canonical({"source": self.source.name, "name": self.name, "row": dict(row)})
        return Draft(
            index=number,
            kind=self.kind,
            name=self.name,
            time=self._time(row),
            sent_at=None,
            id=self._id(row, identity),
            identity=identity,
            identifiers=self._identifiers(row),
            properties=_values(self.mapping.properties, row),
            attributes=tuple(_changes(self.mapping.attributes, row)),
            context=_context(self.mapping.context, row),
            raw=dict(row),
            verified=self._verified(),
        )

    def _time(self, row: Row) -> int | None:
        if self.mapping.time is not None:
            return cells.time_of(row, self.mapping.time)
        # Attributes as of the upload: members sent again next month must outweigh what was said in between.
        return self.as_of if self.kind is Kind.PROFILE else None

    def _id(self, row: Row, identity: str) -> str:
        """`OrderPaid:1001`; one file can thus be imported as OrderSubmitted and as OrderPaid. Without id columns a hash of the content."""
        if not self.mapping.id:
            return sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:ID_DIGITS]
        values = [_id_part(row, column) for column in self.mapping.id]
        return ":".join([self.name, *(quote(value, safe="", errors="replace") for value in values)])

    def _identifiers(self, row: Row) -> tuple[tuple[str, str], ...]:
        found = {namespace: cells.cell(row, rule.column) for namespace, rule in self.mapping.identifiers.items()}
        texts = {namespace: cells.key_text(value, namespace) for namespace, value in found.items() if value is not None}
        whole = {namespace: value for namespace, value in texts.items() if not (namespace in CONTACTS and _MASK in value)}
        if not whole and texts:
            raise CellInvalid("identifier_masked", f"{', '.join(texts)} is masked with {_MASK} and identifies nobody")
        if not whole:
            raise CellInvalid("identifier_missing", "every column that identifies a person is empty")
        return tuple(whole.items())

    def _verified(self) -> frozenset[str] | None:
        """The namespaces that the file vouches for; None where the mapping leaves it to the source."""
        told = {namespace: rule.verified for namespace, rule in self.mapping.identifiers.items()}
        if all(verified is None for verified in told.values()):
            return None
        default = not self.source.third_party
        return frozenset(namespace for namespace, verified in told.items() if (default if verified is None else verified))


def row_of(record: FileRecord, columns: tuple[str, ...]) -> Row | CellInvalid:
    """The record as a row by column names. Cells missing at the end are empty; more cells than columns are a fault."""
    if record.fault:
        return CellInvalid(record.fault.code, record.fault.detail)
    if record.document is not None:
        return record.document
    fields = record.fields
    if any(fields[len(columns) :]):
        return CellInvalid("columns_mismatch", f"the row has {len(fields)} cells, the header names {len(columns)}: is a quote missing?")
    return dict(zip(columns, (*fields, *[""] * (len(columns) - len(fields))), strict=False))


def raw_of(record: FileRecord) -> Any:
    """The record as it is shown when it is refused: its text, cells or document."""
    if record.fault:
        return record.fault.text
    return record.document if record.document is not None else list(record.fields)


def _id_part(row: Row, column: str) -> str:
    value = cells.cell(row, column)
    if value is None:
        raise CellInvalid("id_missing", f"{column} is part of the id and empty")
    return cells.key_text(value, column)


def _skips(rule: documents.Skip, row: Row) -> bool:
    found = cells.plain(cells.cell(row, rule.column))
    return found in rule.equals if rule.equals is not None else found not in (rule.not_equals or ())


def _values(rules: Mapping[str, Value], row: Row) -> Json:
    found = ((name, cells.value_of(row, rule)) for name, rule in rules.items())
    return {name: value for name, value in found if value is not None}


def _changes(rules: documents.Attributes | None, row: Row) -> Iterator[AttributeChange]:
    if rules is None:
        return
    for operation in (Operation.SET, Operation.SET_ONCE, Operation.INCREMENT, Operation.APPEND):
        for name, value in _values(getattr(rules, operation.value), row).items():
            yield AttributeChange(operation, name, _operand(operation, value))
    for name in rules.unset:
        yield AttributeChange(Operation.UNSET, name)


def _operand(operation: Operation, value: Any) -> Any:
    return [cells.text(value)] if operation is Operation.APPEND and not isinstance(value, list) else value


def _context(rules: documents.Context | None, row: Row) -> Json:
    if rules is None:
        return {}
    flat = {name: rule for name in ("channel", "url", "referrer", "scene") if (rule := getattr(rules, name))}
    context = _values(flat, row)
    if rules.campaign:
        parts = {name: rule for name in documents.Campaign.model_fields if (rule := getattr(rules.campaign, name))}
        if campaign := _values(parts, row):
            context["campaign"] = campaign
    return context
