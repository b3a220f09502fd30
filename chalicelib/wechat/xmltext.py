"""WeChat's small XML read into texts, objects and lists in bounded memory, and written so that no text can break it. Pure.

No document type, no entities, no attributes, no namespaces: a push has none of them, and all attacks on XML parsers need one.
"""

import re
from collections.abc import Iterator
from typing import Any, Final
from xml.etree import ElementTree as ET
from xml.parsers import expat

from chalicelib.events.model import Json
from chalicelib.wechat.refused import PushRefused, Reason

MAX_BODY_BYTES: Final = 128 << 10  # of a whole push; the longest known, of compatible mode with a long text, has some 20 KB
MAX_DEPTH: Final = 12  # nested elements; the deepest known push has 6
ROOT: Final = "xml"
_ENCODING: Final = "utf-8"
_DOCTYPE: Final = b"<!DOCTYPE"

# XML cannot hold these. Fans' texts do, now and then, and the platform passes them on as they are.
_CONTROLS: Final = bytes(code for code in range(32) if code not in b"\t\n\r")
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def parse(body: bytes) -> Json:
    """What stands inside the root: texts for elements without children, objects for others, a list where one name comes repeatedly.

    Raises PushRefused (`body_too_large`, `body_unreadable`, `doctype_forbidden`, `nested_too_deep`).
    """
    if len(body) > MAX_BODY_BYTES:
        raise PushRefused(Reason.BODY_TOO_LARGE, f"a push may hold {MAX_BODY_BYTES} bytes at most")
    try:
        root = _parsed(body.translate(None, _CONTROLS))
    except (expat.ExpatError, ET.ParseError) as broken:
        raise PushRefused(Reason.BODY_UNREADABLE, f"the body is not XML: {expat.ErrorString(broken.code)}") from broken
    value = _value(root, 1)
    if root.tag != ROOT or not isinstance(value, dict):
        raise PushRefused(Reason.BODY_UNREADABLE, f"the body must be one element {ROOT} with elements inside")
    return value


def render(tree: Json) -> str:
    """The objects, lists (the element again and again), texts (as CDATA) and whole numbers of a tree as XML, inside the root."""
    return f"<{ROOT}>{''.join(_elements(tree))}</{ROOT}>"


def cdata(text: str) -> str:
    """A text as CDATA whatever it holds: its `]]>` is split over two sections, characters that XML cannot hold are left out."""
    return f"<![CDATA[{_UNWRITABLE.sub('', text).replace(']]>', ']]]]><![CDATA[>')}]]>"


def _parsed(text: bytes) -> ET.Element:
    """The elements. UTF-8 whatever the text says itself: nothing else is sent, and so the word for a document type cannot hide."""
    if _DOCTYPE in text:  # declared, or only said by a fan: a first pass tells
        first = expat.ParserCreate(_ENCODING)
        first.StartDoctypeDeclHandler = _refuse_doctype
        first.Parse(text, True)
    return ET.fromstring(text, ET.XMLParser(encoding=_ENCODING))  # noqa: S314 - no entities, see above


def _value(element: ET.Element, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise PushRefused(Reason.NESTED_TOO_DEEP, f"elements may be nested {MAX_DEPTH} deep at most")
    if not len(element):
        return element.text or ""
    children: Json = {}
    for child in element:  # the text between elements is only layout
        name, value = child.tag, _value(child, depth + 1)
        if name not in children:
            children[name] = value
        elif isinstance(children[name], list):
            children[name].append(value)
        else:
            children[name] = [children[name], value]
    return children


def _refuse_doctype(*_declared: object) -> None:
    raise PushRefused(Reason.DOCTYPE_FORBIDDEN, "a push has no document type and declares no entities")


def _elements(tree: Json) -> Iterator[str]:
    for name, value in tree.items():
        for one in value if isinstance(value, list) else [value]:
            yield f"<{name}>{_content(one)}</{name}>"


def _content(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(_elements(value))
    return str(value) if isinstance(value, int) else cdata(value)
