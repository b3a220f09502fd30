"""Signed calls of other people's servers: what goes out, where it may go, and what their answers come to."""

import base64
import hmac
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.outgoing.wire import Answer, NoAnswer
from chalicelib.providers.addresses import OPEN, STRICT, AddressForbidden, Guard, Target, is_public, judged, target_of
from chalicelib.providers.model import Reason, Result
from chalicelib.providers.webhook import ADAPTER, KEYS_LIVE_MS, MAX_BODY_BYTES
from tests.unit.providers.means import CALL, HOOK, NOW, SIGNING_SECRET, Asked, raising

OTHER_SECRET = "whsec_b3RoZXItc2VjcmV0LW9mLWEtc2hvcA=="


def test_a_receiver_can_check_who_calls_and_when() -> None:
    asked = Asked(Answer(204))
    assert ADAPTER.send(CALL, HOOK, NOW, asked.means).kind is Result.SENT
    [request] = asked.requests
    headers = request.headers
    assert (request.method, request.url, request.body) == ("POST", CALL.to, CALL.body)
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("m-1", str(NOW // 1000))
    key = base64.b64decode(SIGNING_SECRET.removeprefix("whsec_"))
    digest = hmac.new(key, f"m-1.{NOW // 1000}.".encode() + CALL.body, sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"


def test_a_repetition_has_the_same_id_and_a_time_of_its_own() -> None:
    asked = Asked(Answer(500), Answer(200))
    ADAPTER.send(CALL, HOOK, NOW, asked.means)
    ADAPTER.send(CALL, HOOK, NOW + 60_000, asked.means)
    first, second = (request.headers for request in asked.requests)
    assert first["webhook-id"] == second["webhook-id"]
    assert first["webhook-timestamp"] != second["webhook-timestamp"]
    assert first["webhook-signature"] != second["webhook-signature"]
    assert ADAPTER.key_lives_ms(CALL) == KEYS_LIVE_MS


def test_while_a_secret_is_replaced_both_sign() -> None:
    asked = Asked(Answer(200))
    ADAPTER.send(CALL, replace(HOOK, secrets={"signing_secret": (OTHER_SECRET, SIGNING_SECRET)}), NOW, asked.means)
    assert len(asked.requests[0].headers["webhook-signature"].split(" ")) == 2


@pytest.mark.parametrize(
    ("status", "result", "reason"),
    [
        (200, Result.SENT, Reason.NONE),
        (202, Result.SENT, Reason.NONE),
        (301, Result.MISCONFIGURED, Reason.REDIRECTED),
        (302, Result.MISCONFIGURED, Reason.REDIRECTED),
        (307, Result.MISCONFIGURED, Reason.REDIRECTED),
        (400, Result.REFUSED, Reason.RECEIVER_REFUSED),
        (401, Result.MISCONFIGURED, Reason.CREDENTIALS_REFUSED),
        (403, Result.MISCONFIGURED, Reason.CREDENTIALS_REFUSED),
        (404, Result.MISCONFIGURED, Reason.ADDRESS_GONE),
        (405, Result.MISCONFIGURED, Reason.ADDRESS_GONE),
        (422, Result.REFUSED, Reason.RECEIVER_REFUSED),
        (408, Result.RETRY, Reason.PROVIDER_FAULT),
        (410, Result.MISCONFIGURED, Reason.ADDRESS_GONE),
        (425, Result.RETRY, Reason.PROVIDER_FAULT),
        (429, Result.LIMITED, Reason.ACCOUNT_LIMIT),
        (500, Result.UNKNOWN, Reason.PROVIDER_FAULT),
        (503, Result.LIMITED, Reason.ACCOUNT_LIMIT),
        (504, Result.UNKNOWN, Reason.PROVIDER_FAULT),
        (999, Result.UNKNOWN, Reason.PROVIDER_FAULT),
    ],
)
def test_an_answers_status_says_what_to_do(status: int, result: Result, reason: Reason) -> None:
    found = ADAPTER.send(CALL, HOOK, NOW, Asked(Answer(status)).means)
    assert (found.kind, found.reason, found.raw_code) == (result, reason, f"http {status}")


def test_a_receiver_that_is_busy_says_how_long() -> None:
    found = ADAPTER.send(CALL, HOOK, NOW, Asked(Answer(503, headers={"retry-after": "120"})).means)
    assert found.until == NOW + 120_000


@pytest.mark.parametrize(("sent_maybe", "result"), [(True, Result.UNKNOWN), (False, Result.RETRY)])
def test_no_answer_is_an_outcome_too(sent_maybe: bool, result: Result) -> None:
    assert ADAPTER.send(CALL, HOOK, NOW, Asked(NoAnswer(sent_maybe)).means).kind is result


def test_an_address_where_nothing_may_go_is_to_be_repaired() -> None:
    means = replace(Asked(Answer(200)).means, send_elsewhere=raising(AddressForbidden("it points into a network that is not public")))
    found = ADAPTER.send(CALL, HOOK, NOW, means)
    assert (found.kind, found.reason) == (Result.MISCONFIGURED, Reason.ADDRESS_FORBIDDEN)


@pytest.mark.parametrize(
    "secrets", [{}, {"signing_secret": ()}, {"signing_secret": ("",)}, {"signing_secret": ("whsec_###",)}, {"signing_secret": ("whsec_",)}]
)
def test_nothing_goes_out_unsigned(secrets: dict[str, tuple[str, ...]]) -> None:
    asked = Asked(Answer(200))
    assert ADAPTER.send(CALL, replace(HOOK, secrets=secrets), NOW, asked.means).kind is Result.MISCONFIGURED
    assert not asked.requests


def test_what_is_too_large_is_not_sent() -> None:
    asked = Asked(Answer(200))
    found = ADAPTER.send(replace(CALL, body=b"x" * (MAX_BODY_BYTES + 1)), HOOK, NOW, asked.means)
    assert (found.kind, found.reason, asked.requests) == (Result.REFUSED, Reason.CONTENT_TOO_LARGE, [])


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://hooks.example.com/crm?x=1#part", Target("hooks.example.com", 443, "/crm?x=1", tls=True)),
        ("https://Hooks.Example.com:8443", Target("hooks.example.com", 8443, "/", tls=True)),
        ("https://[2606:4700::1]/a", Target("2606:4700::1", 443, "/a", tls=True)),
    ],
)
def test_an_address_is_taken_apart(url: str, target: Target) -> None:
    assert target_of(url) == target


@pytest.mark.parametrize(("url", "host"), [("https://a.cn", "a.cn"), ("https://a.cn:444", "a.cn:444"), ("https://[2606::1]", "[2606::1]")])
def test_the_host_is_named_as_http_wants_it(url: str, host: str) -> None:
    assert target_of(url).authority == host


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "HTTP://hooks.example.com/",
        "ftp://hooks.example.com/",
        "file:///etc/passwd",
        "//hooks.example.com/",
        "hooks.example.com",
        "https://",
        "https:///x",
        "https://user@hooks.example.com/",
        "https://user:word@hooks.example.com/",
        "https://hooks.example.com:99999/",
        "https://hooks.example.com:0/",
        "https://hooks.example.com:x/",
        "https://[::1/",
        "https://hooks.example.com/a b",
        "https://hooks.example.com/\r\nX-Header: 1",
        "https://hooks.example.com\\@127.0.0.1/",
        "https://裙装.example.com/",
        "https://hooks.example.com/" + "x" * 2048,
        "",
    ],
)
def test_an_address_that_is_none_is_forbidden(url: str) -> None:
    with pytest.raises(AddressForbidden) as forbidden:
        target_of(url)
    assert not url or url not in str(forbidden.value)


FORBIDDEN = [
    "127.0.0.1",
    "127.255.255.254",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.127.255.255",
    "0.0.0.0",  # noqa: S104 - nothing listens here
    "192.0.0.170",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "255.255.255.255",
    "240.0.0.1",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "fdff::1",
    "fec0::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:808:808::",
    "2001:0:1::1",
    "2001:db8::1",
    "100::1",
]
PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "47.95.1.1",
    "172.15.0.1",
    "172.32.0.1",
    "100.63.0.1",
    "100.128.0.1",
    "192.167.0.1",
    "169.253.0.1",
    "2606:4700::1",
    "2400:3200::1",
]


@pytest.mark.parametrize("address", FORBIDDEN)
def test_networks_that_are_not_public_are_out_of_reach(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(AddressForbidden):
        judged([address])


@pytest.mark.parametrize("address", PUBLIC)
def test_servers_of_the_internet_are_in_reach(address: str) -> None:
    assert is_public(address)
    judged([address])


def test_one_private_address_among_public_ones_is_enough_to_forbid_a_name() -> None:
    with pytest.raises(AddressForbidden):
        judged(["8.8.8.8", "10.0.0.1"])


@given(st.text())
def test_what_is_no_ip_address_is_not_public(text: str) -> None:
    assert not is_public(f"x{text}")


@given(st.ip_addresses())
def test_nothing_passes_that_python_itself_calls_private(address: object) -> None:
    from ipaddress import IPv4Address, IPv6Address

    assert isinstance(address, IPv4Address | IPv6Address)
    if is_public(str(address)):
        assert address.is_global
        names = ("private", "loopback", "link_local", "multicast", "reserved", "unspecified")
        assert not any(getattr(address, f"is_{name}") for name in names)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_in_ipv6s_clothes_is_never_let_through(address: object) -> None:
    assert not is_public(f"::ffff:{address}")


def test_a_developers_own_machine_is_allowed_only_where_it_is_said() -> None:
    assert target_of("http://127.0.0.1:4690/hooks/crm", OPEN) == Target("127.0.0.1", 4690, "/hooks/crm", tls=False)
    judged(["127.0.0.1"], OPEN)
    assert Guard() == STRICT
