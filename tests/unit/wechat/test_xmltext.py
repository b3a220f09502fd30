"""Reading and writing the platform's XML, also when somebody wants the reader to choke."""

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.wechat import xmltext
from chalicelib.wechat.refused import PushRefused, Reason
from tests.unit.wechat.samples import tree

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"), max_size=30)
NAMES = st.text(string.ascii_letters + "_", min_size=1, max_size=8)


def _repeated(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner.filter(lambda one: not isinstance(one, list)), min_size=2, max_size=3)


def _objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.dictionaries(NAMES, inner, min_size=1, max_size=4)


VALUES: st.SearchStrategy[Any] = st.recursive(TEXTS, lambda inner: _repeated(inner) | _objects(inner), max_leaves=8)
TREES = st.dictionaries(NAMES, VALUES, min_size=1, max_size=5)


def refusal(body: bytes) -> Reason:
    with pytest.raises(PushRefused) as refused:
        xmltext.parse(body)
    return refused.value.reason


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("<A>1</A>", {"A": "1"}),
        ("<A/><B></B>", {"A": "", "B": ""}),
        ("<A> two words </A>", {"A": " two words "}),
        ("<A><![CDATA[<b>&amp;]]></A>", {"A": "<b>&amp;"}),
        ("<A>&lt;&amp;&#20013;</A>", {"A": "<&中"}),
        ("<A><![CDATA[a]]]]><![CDATA[>b]]></A>", {"A": "a]]>b"}),
        ("<A><![CDATA[<!DOCTYPE html>]]></A>", {"A": "<!DOCTYPE html>"}),  # said, not declared
        ("<A>1</A><A>2</A><A>3</A>", {"A": ["1", "2", "3"]}),
        ("<A><B>1</B></A><A><B>2</B></A>", {"A": [{"B": "1"}, {"B": "2"}]}),
        ("\n <A>\n  <B>1</B>\n </A>\n", {"A": {"B": "1"}}),
        ('<A kind="x">1</A><!-- said --><?pi x?>', {"A": "1"}),
        ("<A>a\x0bb\x00c</A>", {"A": "abc"}),  # fans' texts hold control characters that XML does not allow
    ],
)
def test_elements_become_texts_objects_and_lists(inside: str, expected: object) -> None:
    assert xmltext.parse(f"<xml>{inside}</xml>".encode()) == expected


def test_a_declaration_may_stand_in_front_and_names_no_other_encoding() -> None:
    assert xmltext.parse('<?xml version="1.0" encoding="GBK"?><xml><A>中</A></xml>'.encode()) == {"A": "中"}


@given(TREES)
def test_what_is_written_is_read_back_here_and_by_others(written: dict[str, Any]) -> None:
    text = xmltext.render(written)
    assert xmltext.parse(text.encode()) == tree(text) == written


@given(st.text(st.sampled_from("]>[<!CDATA&;中\x00\x1f\ud800\uffff a"), max_size=40))
def test_no_text_breaks_the_xml_it_is_written_into(text: str) -> None:
    expected = "".join(one for one in text if one not in "\x00\x1f\ud800\uffff")
    assert tree(f"<xml><A>{xmltext.cdata(text)}</A></xml>") == {"A": expected}


def test_whole_numbers_are_written_plainly() -> None:
    assert xmltext.render({"At": 17, "Name": "17"}) == "<xml><At>17</At><Name><![CDATA[17]]></Name></xml>"


BOMB = '<!DOCTYPE xml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (f"{BOMB}<xml><A>&b;</A></xml>", Reason.DOCTYPE_FORBIDDEN),
        ('<!DOCTYPE xml SYSTEM "file:///etc/passwd"><xml><A>1</A></xml>', Reason.DOCTYPE_FORBIDDEN),
        ("<!DOCTYPE xml><xml><A>1</A></xml>", Reason.DOCTYPE_FORBIDDEN),
        ("<xml><A>&secret;</A></xml>", Reason.BODY_UNREADABLE),
        ("<xml><A>1</A>", Reason.BODY_UNREADABLE),
        ("<xml><A>1</B></xml>", Reason.BODY_UNREADABLE),
        ("<xml><A>1</A></xml><xml/>", Reason.BODY_UNREADABLE),
        ("<xml/>", Reason.BODY_UNREADABLE),
        ("<xml>text alone</xml>", Reason.BODY_UNREADABLE),
        ("<html><A>1</A></html>", Reason.BODY_UNREADABLE),
        ("", Reason.BODY_UNREADABLE),
        ("success", Reason.BODY_UNREADABLE),
        ("<xml>" + "<A>" * 12 + "</A>" * 12 + "</xml>", Reason.NESTED_TOO_DEEP),
        ("<xml>" + "<A>" * 18_000 + "</A>" * 18_000 + "</xml>", Reason.NESTED_TOO_DEEP),
        ("<xml>" + "<A>" * 40_000, Reason.BODY_UNREADABLE),
        ("<xml><A>" + "x" * xmltext.MAX_BODY_BYTES + "</A></xml>", Reason.BODY_TOO_LARGE),
    ],
)
def test_what_no_push_looks_like_is_refused(body: str, reason: Reason) -> None:
    assert refusal(body.encode()) is reason


def test_bytes_that_are_no_utf_8_are_refused() -> None:
    assert refusal(b"<xml><A>\xff\xfe</A></xml>") is Reason.BODY_UNREADABLE
    assert refusal("<xml><A>1</A></xml>".encode("utf-16")) is Reason.BODY_UNREADABLE


def test_the_limits_themselves_are_allowed() -> None:
    assert len(xmltext.parse(("<xml>" + "<A/>" * 32_000 + "</xml>").encode())["A"]) == 32_000
    assert xmltext.parse(("<xml>" + "<A>" * 11 + "</A>" * 11 + "</xml>").encode())


@given(st.binary(max_size=200) | st.text("<>/xmlA&;!D[]? '\"=", max_size=80).map(str.encode))
def test_hostile_bytes_are_read_or_refused_and_nothing_else(body: bytes) -> None:
    for sent in (body, b"<xml>" + body + b"</xml>"):
        try:
            assert isinstance(xmltext.parse(sent), dict)
        except PushRefused as refused:
            assert refused.reason in set(Reason)  # noqa: PT017 - either outcome is right


TAGS = "<A> </A> <B> </B> <A/> <![CDATA[ ]]> ] ]] > &amp; & <!----> <?p?> 1 中 <xml> </xml> <A>1</A> <A><![CDATA[x]]></A> <C><A>1</A></C>"
PIECES = st.sampled_from([*TAGS.split(), "<B><![CDATA[]]]]></B>", "<A b='1'>", " ", "\n", "\r\n", "\ufffe", "\ufeff"])


@given(st.lists(PIECES, max_size=8).map("".join), st.sampled_from(["<xml>{}</xml>", "\n <xml> {}\n</xml>\n", "{}", "<xml>{}</xml>{}"]))
def test_the_short_way_says_what_the_parser_says(inside: str, around: str) -> None:
    body = around.format(inside, "<A>").encode().translate(None, xmltext._CONTROLS)
    found = xmltext._plain(body)
    if found is not None:
        assert found == xmltext._value(xmltext._parsed(body), 1)


@pytest.mark.parametrize(
    ("inside", "short"),
    [
        ("<A>1</A>", True),
        ("<A><![CDATA[<b>&amp;]]></A>\n<B></B>", True),
        ("<A>1</A><A>2</A>", True),
        ("<A><![CDATA[a]]]]><![CDATA[>b]]></A>", False),
        ("<A>&amp;</A>", False),
        ("<A>\n<B>1</B></A>", True),
        ("<A>1<B>1</B></A>", False),
        ("<A><B>1</A></B>", False),
        ("<A><B>1</B>", False),
        ("<A>1\r\n2</A>", False),
        ("<A/>", False),
        ("", False),
        ("text", False),
    ],
)
def test_what_is_said_plainly_goes_the_short_way(inside: str, short: bool) -> None:
    assert (xmltext._plain(f"<xml>{inside}</xml>".encode()) is not None) is short
