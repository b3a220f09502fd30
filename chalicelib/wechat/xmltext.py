"""WeChat's small XML read into texts, objects and lists in bounded memory, and written so that no text can break it. Pure.

No document type, no entities, no attributes, no namespaces: a push has none of them, and all attacks on XML parsers need one.
"""

import re
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

# What nearly all pushes are made of: an element with nothing but a text in it, the begin of one with elements in it, and its end. The
# parser says the same of them and takes three times as long; a body that holds anything else, which is no group, is left to it.
# Nothing is ever tried twice (the second plus signs), so the time goes with the length of the body.
_NAME: Final = "([A-Za-z_][A-Za-z0-9_]*+)"
_CDATA: Final = r"<!\[CDATA\[([^\]]*+(?:\](?!\]>)[^\]]*+)*+)\]\]>"
_TOKEN: Final = re.compile(rf"(?s)(?:<(?:{_NAME}>(?:(?:{_CDATA}|([^<>&\]]*+))(</)\1>)?|/{_NAME}>))[ \t\n]*+|.+")

# XML cannot hold these. Fans' texts do, now and then, and the platform passes them on as they are.
_CONTROLS: Final = bytes(code for code in range(32) if code not in b"\t\n\r")
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def parse(body: bytes) -> Json:
    """What stands inside the root: texts for elements without children, objects for others, a list where one name comes repeatedly.

    Raises PushRefused (`body_too_large`, `body_unreadable`, `doctype_forbidden`, `nested_too_deep`).
    """
    if len(body) > MAX_BODY_BYTES:
        raise PushRefused(Reason.BODY_TOO_LARGE, f"a push may hold {MAX_BODY_BYTES} bytes at most")
    body = body.translate(None, _CONTROLS)
    if (plain := _plain(body)) is not None:
        return plain
    try:
        root = _parsed(body)
    except (expat.ExpatError, ET.ParseError) as broken:
        raise PushRefused(Reason.BODY_UNREADABLE, f"the body is not XML: {expat.ErrorString(broken.code)}") from broken
    value = _value(root, 1)
    if root.tag != ROOT or not isinstance(value, dict):
        raise PushRefused(Reason.BODY_UNREADABLE, f"the body must be one element {ROOT} with elements inside")
    return value


def render(tree: Json) -> str:
    """The objects, lists (the element again and again), texts (as CDATA) and whole numbers of a tree as XML, inside the root."""
    return f"<{ROOT}>{_elements(tree)}</{ROOT}>"


def cdata(text: str) -> str:
    """A text as CDATA whatever it holds: its `]]>` is split over two sections, characters that XML cannot hold are left out."""
    clean = text if text.isprintable() else _UNWRITABLE.sub("", text)  # nothing printable is unwritable
    return f"<![CDATA[{clean.replace(']]>', ']]]]><![CDATA[>')}]]>"


def _plain(body: bytes) -> Json | None:
    """The elements of a body that is made of tokens; None when it has to be parsed."""
    try:
        text = body.decode(_ENCODING)
    except UnicodeDecodeError:
        return None
    # A parser makes line feeds of the first of these, and takes none of the others.
    return None if "\r" in text or "\ufffe" in text or "\uffff" in text else _from_tokens(text)


def _from_tokens(text: str) -> Json | None:
    around: list[tuple[str, Json]] = []  # the elements that are open, with what stands beside each
    inside: Json = {}
    for name, quoted, plain, is_text, ended in _TOKEN.findall(text.strip(" \t\n")):
        if is_text and name not in inside:
            inside[name] = quoted or plain
        elif is_text:
            _add(inside, name, quoted or plain)
        elif name and len(around) < MAX_DEPTH - 1:
            around.append((name, inside))
            inside = {}
        elif around and around[-1][0] == ended:
            beside = around.pop()[1]
            _add(beside, ended, inside)
            inside = beside
        else:
            return None
    found = inside.get(ROOT)
    return found if not around and len(inside) == 1 and isinstance(found, dict) else None


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
        _add(children, child.tag, _value(child, depth + 1))
    return children


def _add(children: Json, name: str, value: Any) -> None:
    """One more child: what comes repeatedly is a list."""
    if name not in children:
        children[name] = value
    elif isinstance(children[name], list):
        children[name].append(value)
    else:
        children[name] = [children[name], value]


def _refuse_doctype(*_declared: object) -> None:
    raise PushRefused(Reason.DOCTYPE_FORBIDDEN, "a push has no document type and declares no entities")


def _elements(tree: Json) -> str:
    return "".join(
        [f"<{name}>{cdata(value)}</{name}>" if isinstance(value, str) else _element(name, value) for name, value in tree.items()]
    )


def _element(name: str, value: Any) -> str:
    if isinstance(value, str):
        return f"<{name}>{cdata(value)}</{name}>"
    if isinstance(value, list):
        return "".join([_element(name, one) for one in value])
    return f"<{name}>{_elements(value) if isinstance(value, dict) else value}</{name}>"
