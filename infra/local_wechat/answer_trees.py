"""Reads XML and JSON that came as an answer, by the standard library alone; without document types. Pure."""

import json
from typing import Any
from xml.etree import ElementTree as ET
from xml.parsers import expat

from infra.local_wechat.payloads import Tree
from infra.local_wechat.state import Form
from infra.local_wechat.unanswered import Fault, Unanswered


def named(tree: Tree, name: str) -> str:
    """A text or number that must be there, as a text. Raises Unanswered."""
    value = tree.get(name, "")
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise Unanswered(Fault.CHILD_MISSING, f"{name} is missing, empty, or there more than once")
    return str(value)


def inside(tree: Tree, name: str) -> Tree:
    """What an element holds, which must be elements. Raises Unanswered."""
    value = tree.get(name)
    if not isinstance(value, dict):
        raise Unanswered(Fault.CHILD_MISSING, f"{name} is missing, or holds nothing")
    return value


def listed(value: Any) -> list[Any]:
    """One or several, as several."""
    return value if isinstance(value, list) else [value]


def tree_of(text: str, form: Form) -> Tree:
    """An answer as texts, objects and, where something is repeated, lists. Raises Unanswered (`unreadable`, `doctype`)."""
    return _json(text) if form is Form.JSON else _xml(text)


def _json(text: str) -> Tree:
    try:
        tree = json.loads(text)
    except ValueError as broken:
        raise Unanswered(Fault.UNREADABLE, "the answer is neither success nor JSON") from broken
    if not isinstance(tree, dict):
        raise Unanswered(Fault.UNREADABLE, "the answer is no object")
    return tree


def _xml(text: str) -> Tree:
    """Elements as texts, objects and, where repeated, lists; without a document type."""
    first = expat.ParserCreate()
    first.StartDoctypeDeclHandler = _refuse_doctype
    try:
        first.Parse(text, True)
        root = ET.fromstring(text)  # noqa: S314 - just found to declare nothing
    except (expat.ExpatError, ET.ParseError, UnicodeEncodeError) as broken:
        raise Unanswered(Fault.UNREADABLE, "the answer is neither success nor XML") from broken
    value = _value(root)
    if root.tag != "xml" or not isinstance(value, dict):
        raise Unanswered(Fault.UNREADABLE, "the answer is not one element xml with elements inside")
    return value


def _refuse_doctype(*_declared: object) -> None:
    raise Unanswered(Fault.DOCTYPE, "a reply has no document type")


def _value(element: ET.Element) -> Any:
    if not len(element):
        return element.text or ""
    found: dict[str, list[Any]] = {}
    for child in element:
        found.setdefault(child.tag, []).append(_value(child))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}
