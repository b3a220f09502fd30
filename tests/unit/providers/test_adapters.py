"""What holds for every adapter, also for one that somebody adds tomorrow."""

import logging
from collections.abc import Iterator

import pytest

from chalicelib.outgoing.wire import NoAnswer
from chalicelib.providers import adapters, credentials, reaching
from chalicelib.providers.adapter import Adapter
from chalicelib.providers.addresses import OPEN
from chalicelib.providers.credentials import CredentialInvalid
from chalicelib.providers.model import Account, CallbackInvalid, Message, Reason, Result
from tests.support.aws import Stack, memory_stack
from tests.unit.providers.means import CALL, NOW, PUSH, SECRET, SMS, Asked, said

MESSAGES: dict[str, Message] = {"sms": SMS, "push": PUSH, "webhook": CALL}
BY_CONNECTION = [name for name in adapters.names() if not name.endswith("_sns")]


@pytest.fixture
def stack() -> Iterator[Stack]:
    with memory_stack(only=()) as made:
        yield made


def complete(name: str) -> Account:
    adapter = adapters.adapter(name)
    secrets = dict.fromkeys(adapter.secrets, (SECRET,))
    if name == "webhook":
        secrets["signing_secret"] = ("whsec_TUFJTi1zZWNyZXQtb2YtYS1zaG9w",)
    return Account("main", name, dict.fromkeys(adapter.settings, "x"), secrets)


def test_a_file_is_all_that_an_adapter_needs() -> None:
    assert adapters.names() == ("push_jpush", "push_sns", "sms_aliyun", "sms_sns", "sms_tencent", "webhook")
    assert {adapters.channel_of(name) for name in adapters.names()} == {"push", "sms", "webhook"}
    assert all(isinstance(adapters.adapter(name), Adapter) for name in adapters.names())


@pytest.mark.parametrize("name", ["", "model", "sms_nobody", "sms_aliyun.ADAPTER", "..fans.store", "sms_"])
def test_nothing_else_is_imported_by_its_name(name: str) -> None:
    with pytest.raises(adapters.AdapterUnknown):
        adapters.adapter(name)


@pytest.mark.parametrize("name", adapters.names())
def test_an_account_that_lacks_something_is_to_be_repaired(name: str) -> None:
    found = adapters.adapter(name).send(MESSAGES[adapters.channel_of(name)], Account("main", name), NOW, Asked(said({})).means)
    assert found.kind is Result.MISCONFIGURED


@pytest.mark.parametrize("sent_maybe", [True, False])
@pytest.mark.parametrize("name", BY_CONNECTION)
def test_no_answer_is_an_outcome_and_only_one_that_may_have_been_sent_is_unknown(name: str, sent_maybe: bool) -> None:
    means = Asked(NoAnswer(sent_maybe)).means
    found = adapters.adapter(name).send(MESSAGES[adapters.channel_of(name)], complete(name), NOW, means)
    assert (found.kind, found.reason) == ((Result.UNKNOWN, Reason.PROVIDER_SILENT) if sent_maybe else (Result.RETRY, Reason.PROVIDER_AWAY))


@pytest.mark.parametrize("name", adapters.names())
def test_a_callback_that_no_provider_sends_is_refused(name: str) -> None:
    with pytest.raises(CallbackInvalid):
        adapters.adapter(name).receipts(b"no")
    with pytest.raises(CallbackInvalid):
        adapters.adapter(name).replies(b"no")


@pytest.mark.parametrize("name", BY_CONNECTION)
def test_neither_secrets_nor_what_is_personal_shows(name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    message, account, asked = MESSAGES[adapters.channel_of(name)], complete(name), Asked(said({"Code": SECRET}))
    outcome = adapters.adapter(name).send(message, account, NOW, asked.means)
    shown = f"{message!r} {account!r} {asked.requests!r} {caplog.text}"
    assert outcome.kind
    for hidden in (SECRET, "13800000000", "木兰", "device-1", "您的订单即将失效", "whsec_", "hooks.example.com", "AK1"):
        assert hidden not in shown


@pytest.mark.parametrize("name", BY_CONNECTION)
def test_whoever_asks_once_is_asked_for_once(name: str) -> None:
    """Adapters repeat nothing: that is decided where the message is kept."""
    asked = Asked(said({}, 500))
    adapters.adapter(name).send(MESSAGES[adapters.channel_of(name)], complete(name), NOW, asked.means)
    assert len(asked.requests) == 1


def test_nonces_never_come_twice() -> None:
    assert len({reaching.REAL.nonce() for _ in range(100)}) == 100
    assert reaching.guarded(OPEN).send is reaching.REAL.send


def test_secrets_are_kept_encrypted_newest_first(stack: Stack) -> None:
    credentials.put("tencent-main", "secret_key", ["new", "old"])
    assert credentials.parameter("tencent-main", "secret_key").endswith("/providers/tencent-main/secret_key")
    found = stack.client("ssm").get_parameter(Name=credentials.parameter("tencent-main", "secret_key"))["Parameter"]
    assert found["Type"] == "SecureString"
    assert credentials.read("tencent-main", ("secret_id", "secret_key")) == {"secret_key": ("new", "old")}
    assert Account("tencent-main", "sms_tencent", secrets={"secret_key": ("new", "old")}).secret("secret_key") == "new"


def test_secrets_are_read_again_after_they_are_forgotten(stack: Stack) -> None:
    assert credentials.read("main", ("app_key",)) == {}
    credentials.put("main", "app_key", ["k"])
    assert credentials.read("main", ("app_key",)) == {}
    credentials.forget()
    assert credentials.read("main", ("app_key",)) == {"app_key": ("k",)}
    assert credentials.read("main", ()) == {}


@pytest.mark.parametrize("values", [[], [""], ["a b"], ["a\n"]])
def test_what_cannot_be_a_secret_is_refused(values: list[str]) -> None:
    with pytest.raises(CredentialInvalid):
        credentials.put("main", "app_key", values)


@pytest.mark.parametrize(("written", "read"), [("one", ("one",)), ("one\ntwo", ("one", "two")), ('["a","b"]', ("a", "b"))])
def test_secrets_that_people_wrote_are_read_too(stack: Stack, written: str, read: tuple[str, ...]) -> None:
    stack.client("ssm").put_parameter(Name=credentials.parameter("main", "x"), Value=written, Type="SecureString")
    assert credentials.read("main", ("x",)) == {"x": read}


@pytest.mark.parametrize("written", ["[1]", '["a', "[{}]"])
def test_a_broken_parameter_is_not_quoted(stack: Stack, written: str) -> None:
    stack.client("ssm").put_parameter(Name=credentials.parameter("main", "x"), Value=written, Type="SecureString")
    with pytest.raises(CredentialInvalid) as invalid:
        credentials.read("main", ("x",))
    assert written not in str(invalid.value)
