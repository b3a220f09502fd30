"""Every push means to us what it means to them, in every mode, and kinds that they do not know mean something to us too."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.wechat import drafts, envelope, push, xmltext
from chalicelib.wechat.envelope import Account, Mode
from chalicelib.wechat.naming import OF_EVENTS, OF_MESSAGES, UNKNOWN, named
from tests.oracles import pushes
from tests.oracles.others import BREAKS, ORACLES, RENAMED_BY_WECHATPY, UNTYPED, tree
from tests.oracles.pushes import Sample, Tree
from tests.unit.wechat import samples
from tests.unit.wechat.samples import APPID, AT, FAN, GH, KEY, NONCE, NOW, TOKEN, without

EVERY = {sample.label: sample for sample in pushes.every()}
# Those that xmltodict would strip or XML forbids are left out: how we read them is said elsewhere.
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=30)
NAMES = st.text("ABCdef_", min_size=1, max_size=6)
TREES = st.recursive(TEXTS, lambda inner: st.dictionaries(NAMES, inner, min_size=1, max_size=3), max_leaves=6)

# What their types say of a push, beside what ours says: (sample, attribute of theirs, property of ours).
ATTRIBUTES = {
    "wechatpy": [
        ("text-1", "content", "text"),
        ("image", "image", "PicUrl"),
        ("image", "media_id", "MediaId"),
        ("voice-2", "recognition", "Recognition"),
        ("video", "thumb_media_id", "ThumbMediaId"),
        ("location", "label", "Label"),
        ("link", "url", "Url"),
        ("subscribe-2", "scene_id", "scene"),
        ("subscribe-2", "ticket", "Ticket"),
        ("SCAN-1", "scene_id", "scene"),
        ("CLICK-1", "key", "key"),
        ("VIEW", "url", "key"),
        ("TEMPLATESENDJOBFINISH-2", "status", "status"),
        ("user_get_card", "card_id", "card_id"),
        ("user_get_card", "code", "card_code"),
    ],
    "werobot": [
        ("text-1", "content", "text"),
        ("image", "img", "PicUrl"),
        ("voice-2", "recognition", "Recognition"),
        ("link", "url", "Url"),
        ("subscribe-2", "ticket", "Ticket"),
        ("SCAN-1", "key", "scene"),
        ("CLICK-1", "key", "key"),
        ("VIEW", "key", "key"),
        ("TEMPLATESENDJOBFINISH-2", "status", "status"),
        ("user_get_card", "card_id", "card_id"),
    ],
}
SAID = [(name, *row) for name, rows in ATTRIBUTES.items() for row in rows]


def kind_of(label: str) -> str:
    return label.rstrip("0123456789").removesuffix("-")


def account(mode: Mode) -> Account:
    return Account(APPID, mode, (TOKEN,), (KEY,))


def opened(mode: Mode, body: str, encrypt: str) -> push.Push:
    query = samples.safe_query(encrypt) if encrypt else samples.plain_query()
    return envelope.open_push(query, body.encode(), account(mode), NOW).push


def test_there_is_a_sample_of_every_kind_that_has_a_name() -> None:
    known = {kind for group in (*OF_MESSAGES, *OF_EVENTS) for kind in group.names}
    assert {push.read(sample.xml.encode()).kind for sample in EVERY.values()} - known == {"hologram", "hologram_waved"}
    assert known <= {push.read(sample.xml.encode()).kind for sample in EVERY.values()}


@pytest.mark.parametrize("sample", EVERY.values(), ids=EVERY)
def test_a_push_is_read_as_they_read_it(sample: Sample) -> None:
    ours, _ = push.read_body(sample.xml.encode())
    assert ours == tree(sample.xml) == sample.tree


@pytest.mark.parametrize("sample", EVERY.values(), ids=EVERY)
def test_json_says_what_xml_says(sample: Sample) -> None:
    in_xml, in_json = push.read(sample.xml.encode()), push.read(sample.json.encode())
    assert (in_json.fields, in_json.kind, in_json.created_at) == (in_xml.fields, in_xml.kind, in_xml.created_at)
    assert drafts.drafts_of(in_json, APPID) == drafts.drafts_of(in_xml, APPID)


@pytest.mark.parametrize("sample", EVERY.values(), ids=EVERY)
def test_a_push_arrives_the_same_in_every_mode_whoever_sealed_it(sample: Sample) -> None:
    plain = opened(Mode.PLAIN, sample.xml, "")
    for oracle in ORACLES.values():
        sealed = oracle.sealed(sample.xml, str(AT), NONCE)
        encrypt = tree(sealed)["Encrypt"]
        assert opened(Mode.SAFE, sealed, encrypt) == plain
        both = sample.xml.replace("</xml>", f"<Encrypt>{encrypt}</Encrypt></xml>")
        assert opened(Mode.COMPATIBLE, both, encrypt) == plain
        in_json = tree(oracle.sealed(sample.json, str(AT), NONCE))["Encrypt"]
        assert opened(Mode.SAFE, f'{{"ToUserName":"{GH}","Encrypt":"{in_json}"}}', in_json).fields == plain.fields


@pytest.mark.parametrize("name", sorted(ORACLES))
@pytest.mark.parametrize("sample", EVERY.values(), ids=EVERY)
def test_who_when_and_to_whom_are_what_they_say(name: str, sample: Sample) -> None:
    if sample.label in BREAKS[name]:
        with pytest.raises(BREAKS[name][sample.label]):
            ORACLES[name].read(sample.xml)
        return
    theirs, ours = ORACLES[name].read(sample.xml), push.read(sample.xml.encode())
    assert (theirs is None) == (kind_of(sample.label) in UNTYPED[name])
    if theirs is not None:
        when = theirs.time if isinstance(theirs.time, int) else int(theirs.time)
        assert (theirs.source, theirs.target, when * 1000) == (ours.openid, ours.account, ours.created_at)
        assert not ours.message_id or str(theirs.id if name == "wechatpy" else theirs.message_id) == ours.message_id


@pytest.mark.parametrize(("name", "label", "theirs", "ours"), SAID)
def test_what_a_push_says_is_what_they_say(name: str, label: str, theirs: str, ours: str) -> None:
    found = ORACLES[name].read(EVERY[label].xml)
    (draft,) = drafts.drafts_of(push.read(EVERY[label].xml.encode()), APPID)
    assert getattr(found, theirs) == draft.properties[ours] != ""


def test_a_follow_by_code_keeps_its_name_with_us() -> None:
    sample = EVERY["subscribe-2"]
    assert ORACLES["wechatpy"].read(sample.xml).event == RENAMED_BY_WECHATPY
    assert push.read(sample.xml.encode()).event == "subscribe"


def test_what_nobody_else_knows_has_a_name_with_us() -> None:
    unknown = UNTYPED["wechatpy"] & UNTYPED["werobot"] - {"hologram", "hologram_waved"}
    assert len(unknown) >= 35
    for sample in EVERY.values():
        name = named(push.read(sample.xml.encode())).name
        assert (name == UNKNOWN) == (kind_of(sample.label) in {"hologram", "hologram_waved"})


@given(st.dictionaries(NAMES, TREES, min_size=1, max_size=4))
def test_any_tree_is_read_as_they_read_it(inside: Tree) -> None:
    sample = Sample("any", {"ToUserName": GH, "FromUserName": FAN, "CreateTime": str(AT), "MsgType": "event", "Event": "any", **inside})
    xml = xmltext.render(sample.tree)
    assert xmltext.parse(xml.encode()) == tree(xml) == sample.tree
    data: Any = dict(ORACLES["werobot"].read(xml) or {})
    assert data == {}  # no type of theirs
    assert push.read(xml.encode()).openid == FAN
    assert without(push.read_body(xml.encode())[0], *inside) == without(sample.tree, *inside)
