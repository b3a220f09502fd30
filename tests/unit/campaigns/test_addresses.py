"""Where a link may lead: what is let in means the same to every reader, and what is not allowed is not let in however it is written."""

import string
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from urllib3.util import parse_url

from chalicelib.campaigns.addresses import MAX_LENGTH, Address, AddressInvalid, is_allowed, read_address, read_prefix

SHOP = read_prefix("https://shop.example.com")
SALE = read_prefix("https://shop.example.com/618")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("https://shop.example.com", "https://shop.example.com/"),
        ("https://shop.example.com/", "https://shop.example.com/"),
        ("HTTPS://Shop.EXAMPLE.com/Dress", "https://shop.example.com/Dress"),
        ("https://shop.example.com:443/a", "https://shop.example.com/a"),
        ("https://shop.example.com:8443/a", "https://shop.example.com:8443/a"),
        ("https://shop.example.com/春/裙?品=裙#详", "https://shop.example.com/%E6%98%A5/%E8%A3%99?%E5%93%81=%E8%A3%99#%E8%AF%A6"),
        ("https://shop.example.com/a|b{c}", "https://shop.example.com/a%7Cb%7Bc%7D"),
        ("https://shop.example.com/a%20b?x=%2F..%2F#/page/1?y=2", "https://shop.example.com/a%20b?x=%2F..%2F#/page/1?y=2"),
        ("https://xn--fiqs8s.example/a", "https://xn--fiqs8s.example/a"),
        ("https://shop.example.com?x=1", "https://shop.example.com/?x=1"),
        ("https://shop.example.com/a?u=https://evil.example/", "https://shop.example.com/a?u=https://evil.example/"),
    ],
)
def test_an_address_has_one_spelling(text: str, read: str) -> None:
    assert read_address(text).text == read
    assert read_address(read).text == read


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("http://shop.example.com/", "address_insecure"),
        ("http://localhost:8000/", "address_insecure"),
        ("javascript:alert(1)", "address_invalid"),
        ("data:text/html,x", "address_invalid"),
        ("//shop.example.com/", "address_invalid"),
        ("/618", "address_invalid"),
        ("", "address_invalid"),
        ("https:/shop.example.com/", "address_invalid"),
        ("https:///shop.example.com/", "address_invalid"),
        ("https:shop.example.com/", "address_invalid"),
        ("https://shop.example.com@evil.example/", "address_invalid"),
        ("https://shop.example.com:pass@evil.example/", "address_invalid"),
        ("https://shop.example.com%40evil.example/", "address_invalid"),
        ("https://evil.example\\@shop.example.com/", "address_invalid"),
        ("https://shop.example.com\\.evil.example/", "address_invalid"),
        ("https:\\\\shop.example.com/", "address_invalid"),
        ("https://shop.example.com\t.evil.example/", "address_invalid"),
        ("https://shop.example.com/\r\nSet-Cookie: a=b", "address_invalid"),
        ("https://shop.example.com/a b", "address_invalid"),
        (" https://shop.example.com/", "address_invalid"),
        ("https://shop.example.com/\x00", "address_invalid"),
        ("https://shop.example.com/\ud800", "address_invalid"),
        ("https://shop.example.com./", "address_invalid"),
        ("https://.shop.example.com/", "address_invalid"),
        ("https://shop..example.com/", "address_invalid"),
        ("https://-shop.example.com/", "address_invalid"),
        ("https://shop_1.example.com/", "address_invalid"),
        ("https://[::1]/", "address_invalid"),
        ("https://商店.example/", "address_invalid"),
        ("https://shop．example．com/", "address_invalid"),
        ("https://shop.example.com／evil.example/", "address_invalid"),
        ("https://ſhop.example.com/", "address_invalid"),
        ("https://shop.example.com:/", "address_invalid"),
        ("https://shop.example.com:0/", "address_invalid"),
        ("https://shop.example.com:65536/", "address_invalid"),
        ("https://shop.example.com:443:1/", "address_invalid"),
        ("https://shop.example.com:+443/", "address_invalid"),
        ("https://shop.example.com/%", "address_invalid"),
        ("https://shop.example.com/%zz", "address_invalid"),
        ("https://shop.example.com/a#b#c", "address_invalid"),
        ("https://shop.example.com/618/../admin", "address_ambiguous"),
        ("https://shop.example.com/618/./a", "address_ambiguous"),
        ("https://shop.example.com/618/%2e%2e/admin", "address_ambiguous"),
        ("https://shop.example.com/618/.%2E/admin", "address_ambiguous"),
        ("https://shop.example.com/618/..;x=1/admin", "address_ambiguous"),
        ("https://shop.example.com/618/%252e%252e/admin", "address_ambiguous"),
        ("https://shop.example.com/618/..%2fadmin", "address_ambiguous"),
        ("https://shop.example.com/618%5c..%5cadmin", "address_ambiguous"),
        ("https://shop.example.com/618/%0d%0aX: y".replace(" ", ""), "address_ambiguous"),
        ("https://shop.example.com//evil.example/", "address_ambiguous"),
        ("https://shop.example.com/" + "a" * MAX_LENGTH, "address_too_long"),
        ("https://shop.example.com/" + "春" * 300, "address_too_long"),
    ],
)
def test_what_readers_disagree_on_is_no_address(text: str, code: str) -> None:
    with pytest.raises(AddressInvalid) as refused:
        read_address(text)
    assert refused.value.code == code


def test_a_page_on_this_machine_is_for_local_stages() -> None:
    assert read_address("http://localhost:8000/a", local=True).text == "http://localhost:8000/a"
    assert read_address("http://127.0.0.1/a", local=True).origin == "http://127.0.0.1"
    for elsewhere in ("http://localhost.evil.example/", "http://shop.example.com/", "http://127.0.0.1.evil.example/"):
        with pytest.raises(AddressInvalid):
            read_address(elsewhere, local=True)


@pytest.mark.parametrize("text", ["https://shop.example.com/?a=1", "https://shop.example.com/#a", "https://shop.example.com/a?"])
def test_what_links_may_lead_to_has_no_query(text: str) -> None:
    with pytest.raises(AddressInvalid):
        read_prefix(text)


@pytest.mark.parametrize(
    ("prefix", "target", "covered"),
    [
        ("https://shop.example.com", "https://shop.example.com/any/thing?x=1#y", True),
        ("https://shop.example.com", "https://shop.example.com:443/", True),
        ("https://shop.example.com", "https://SHOP.example.com/", True),
        ("https://shop.example.com", "https://shop.example.com:444/", False),
        ("https://shop.example.com", "https://shop.example.com.evil.example/", False),
        ("https://shop.example.com", "https://evil-shop.example.com/", False),
        ("https://shop.example.com", "https://a.shop.example.com/", False),
        ("https://shop.example.com", "https://example.com/", False),
        ("https://shop.example.com/618", "https://shop.example.com/618", True),
        ("https://shop.example.com/618", "https://shop.example.com/618?a=1", True),
        ("https://shop.example.com/618", "https://shop.example.com/618/", True),
        ("https://shop.example.com/618", "https://shop.example.com/618/dress", True),
        ("https://shop.example.com/618", "https://shop.example.com/6180", False),
        ("https://shop.example.com/618", "https://shop.example.com/618.evil", False),
        ("https://shop.example.com/618", "https://shop.example.com/", False),
        ("https://shop.example.com/Sale", "https://shop.example.com/sale", False),
        ("https://shop.example.com/618/", "https://shop.example.com/618/dress", True),
        ("https://shop.example.com/618/", "https://shop.example.com/618", False),
    ],
)
def test_a_prefix_covers_its_origin_and_whole_segments_below_its_path(prefix: str, target: str, covered: bool) -> None:
    assert read_prefix(prefix).covers(read_address(target)) is covered
    assert is_allowed(read_address(target), [read_prefix("https://other.example"), read_prefix(prefix)]) is covered


def test_nothing_is_allowed_where_nothing_is_listed() -> None:
    assert not is_allowed(read_address("https://shop.example.com/"), [])


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("https://shop.example.com/a", "https://shop.example.com/a?utm_source=6+1%268&hl_code=c1"),
        ("https://shop.example.com/a?b=1", "https://shop.example.com/a?b=1&utm_source=6+1%268&hl_code=c1"),
        ("https://shop.example.com/a?", "https://shop.example.com/a?utm_source=6+1%268&hl_code=c1"),
        ("https://shop.example.com/a#/p?utm_source=x", "https://shop.example.com/a?utm_source=6+1%268&hl_code=c1#/p?utm_source=x"),
        ("https://shop.example.com/a?utm_source=own", "https://shop.example.com/a?utm_source=own&hl_code=c1"),
        ("https://shop.example.com/a?utm_source=", "https://shop.example.com/a?utm_source=&hl_code=c1"),
    ],
)
def test_parameters_are_added_before_the_fragment_and_never_replace_the_targets_own(address: str, asked: str) -> None:
    assert read_address(address).asking({"utm_source": "6 1&8", "utm_term": "", "hl_code": "c1"}).text == asked


# ---- hostile addresses: built from the pieces that confuse readers ----

PIECES = st.sampled_from([
    *("https://", "http://", "//", "/", "\\", "@", ":", ".", "..", "%2e", "%2E%2e", "%2f", "%5c", "%00", "%0d%0a", "%25", "?", "#", "&"),
    *("shop.example.com", "evil.example", "SHOP.EXAMPLE.COM", "618", "6180", "localhost", "443", "80", "xn--", "user:pass@", "[::1]"),
    *("。", "．", "／", "＠", "ß", "İ", "ı", "K", "春", "\u200b", "\u202e", "\t", "\r\n", " ", "\x00", "|", "^", "`", "<", ";", "data:"),
])  # fmt: skip
HOSTILE = st.lists(PIECES, max_size=9).map("".join)
AFTER = st.lists(PIECES, max_size=7).map("".join)
WORDS = st.text(st.characters(codec="utf-8"), max_size=20)


@given(st.one_of(HOSTILE, AFTER.map(lambda rest: "https://shop.example.com" + rest), AFTER.map(lambda rest: "https://" + rest)))
@example("https://shop.example.com?@evil.example/")
@example("https://shop.example.com#@evil.example/")
@example("https://shop.example.com/@evil.example/")
def test_whatever_is_allowed_lies_at_the_allowed_host_for_every_reader(text: str) -> None:
    try:
        found = read_address(text)
    except AddressInvalid:
        return
    assume(is_allowed(found, [SHOP]))
    written = found.text
    assert written.isascii()
    assert not set(written) & set(string.whitespace + "\\\x00")
    for host, scheme in (
        (urlsplit(written).hostname, urlsplit(written).scheme),
        (parse_url(written).host, parse_url(written).scheme),
        (_browsers_host(written), "https"),
    ):
        assert (host, scheme) == ("shop.example.com", "https")


@given(AFTER)
def test_whatever_is_allowed_below_a_path_stays_there_when_dots_are_resolved(rest: str) -> None:
    try:
        found = read_address("https://shop.example.com/618" + rest)
    except AddressInvalid:
        return
    assume(is_allowed(found, [SALE]))
    resolved: list[str] = []
    for segment in found.path.lower().replace("%2e", ".").replace("\\", "/").split("/")[1:]:
        if segment.partition(";")[0] == "..":
            resolved = resolved[:-1]
        elif segment != ".":
            resolved.append(segment)
    assert resolved[0] == "618"


@given(st.one_of(HOSTILE, WORDS))
def test_reading_refuses_or_gives_what_reads_the_same_again(text: str) -> None:
    try:
        found = read_address(text)
    except AddressInvalid:
        return
    assert read_address(found.text) == found


@given(AFTER, st.dictionaries(st.sampled_from(["utm_source", "utm_term", "hl_code"]), WORDS, max_size=3))
def test_what_is_added_changes_nothing_but_the_query(rest: str, added: dict[str, str]) -> None:
    try:
        found = read_address("https://shop.example.com/" + rest)
    except AddressInvalid:
        return
    asked = found.asking(added)
    assert (asked.origin, asked.path, asked.fragment) == (found.origin, found.path, found.fragment)
    assert asked.text.isascii()
    assert not set(asked.text) & set(string.whitespace)
    names = {name for name, _ in parse_qsl(found.query[1:], keep_blank_values=True)}
    told = parse_qs(asked.query[1:], keep_blank_values=True)
    assert all(told[name] == [value] for name, value in added.items() if value and name not in names)


def _browsers_host(text: str) -> str:
    """The host as the URL standard's parser finds it: after the slashes (or backslashes), up to the next one, behind the last @."""
    rest = text.split(":", 1)[1].replace("\\", "/").lstrip("/")
    authority = rest.replace("?", "/").replace("#", "/").split("/", 1)[0]
    return authority.rpartition("@")[2].partition(":")[0].lower()


def test_an_address_shows_its_parts() -> None:
    assert read_address("https://shop.example.com/a?b=1#c") == Address("https://shop.example.com", "/a", "?b=1", "#c")
