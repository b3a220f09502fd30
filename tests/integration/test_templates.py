"""Templates in force, and looked at before they are sent: what publishing refuses, and what a person would be told."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.definitions import store
from chalicelib.entrypoints.templates import TemplatePreview, post_preview
from chalicelib.errors import BadRequest, DocumentInvalid, NotFound
from chalicelib.http import Request
from chalicelib.messages.templates import published
from chalicelib.messages.templates.documents import KIND
from chalicelib.tagging import publishing as accounts
from infra.definition_files import read_folder
from tests.support.aws import Stack
from tests.support.gateway import NOW
from tests.support.living import does, live, put_in_force
from tests.support.ring import Ring
from tests.support.rules import EXAMPLES, definitions_stack
from tests.support.rules import put_in_force as publish
from tests.unit.messages.test_template_documents import CHANNELS, document

ACCOUNT = {"type": "service"}
FOLDER = EXAMPLES / "messages"


@pytest.fixture
def definitions() -> Iterator[Stack]:
    assert accounts, "importing it makes the kind known"
    with definitions_stack() as made:
        made.client("sqs").create_queue(QueueName=made.table("menus"))  # accounts that change bring their menus along
        yield made


def refused(written: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(DocumentInvalid) as wrong:
        publish(KIND, "t", written)
    return [(one.path, one.code) for one in wrong.value.faults]


def test_a_template_waits_for_its_account_to_be_in_force(definitions: Stack) -> None:
    written = document({"template": CHANNELS["template"]})
    assert refused(written) == [("channels/template/account", "account_unknown")]
    publish("accounts", "wx1", ACCOUNT)
    assert publish(KIND, "t", written).version == 1


def test_an_account_that_cannot_is_refused(definitions: Stack) -> None:
    publish("accounts", "wx1", {"type": "subscription"})
    assert refused(document({"template": CHANNELS["template"]})) == [("channels/template/account", "account_cannot")]


def test_accounts_of_providers_are_no_accounts_of_wechat(definitions: Stack) -> None:
    assert publish(KIND, "t", document({"sms": CHANNELS["sms"]})).version == 1


def test_scores_and_segments_that_a_text_asks_for_have_to_be_in_force(definitions: Stack) -> None:
    text = "{{ person.scores.activity }}{% if person.segments.vip %}!{% endif %}{{ person.bands.lead | default: '' }}"
    written = document({"popup": CHANNELS["popup"] | {"text": text}})
    assert refused(written) == [("channels/popup/text", "reference_unknown")] * 2
    publish("scores", "activity", {"rules": [{"event": "Paid", "add": 1}]})
    publish("segments", "vip", {"where": {"tag": "vip"}})
    assert publish(KIND, "t", written).version == 1


def test_the_examples_go_in_force(definitions: Stack) -> None:
    publish("accounts", "wx77aa00bb11cc22dd", ACCOUNT)
    publish("accounts", "wx88bb00cc11dd22ee", {"type": "mini_program"})
    for one in read_folder(FOLDER):
        if one.kind == KIND:
            assert publish(one.kind, one.name, one.document).document == one.document


def test_a_message_keeps_the_version_that_it_was_decided_with(definitions: Stack) -> None:
    first, second = (document({"popup": CHANNELS["popup"] | {"title": title}}) for title in ("618", "双11"))
    assert (published.in_force("t"), published.of_version("t", 1)) == (None, None)
    publish(KIND, "t", first)
    found = published.in_force("t")
    assert found is not None
    publish(KIND, "t", second)
    published.forget()
    newer = published.in_force("t")
    assert newer is not None
    assert (found.version, newer.version) == (1, 2)
    assert published.of_version("t", 1) == found
    assert published.of_version("t", 2) == newer
    assert published.of_version("t", 3) is None
    assert published.in_force("no name") is None


def preview(name: str = "t", now: int = NOW, **wanted: Any) -> dict[str, Any]:
    answer = post_preview(
        Request("POST", f"/v1/templates/{name}/preview", {"name": name}, body=json.dumps(wanted).encode(), received_at=now)
    )
    assert isinstance(answer.body, TemplatePreview)
    shown: dict[str, Any] = answer.body.model_dump(mode="json")
    return shown


@pytest.fixture
def ring(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Ring:
    """Ming, who has paid twice, and a draft that speaks of it."""
    ring = live(stack, monkeypatch)
    put_in_force(ring, scores__activity={"rules": [{"event": "Paid", "add": 20}]}, tags__buyer={"where": {"event": "Paid"}})
    does(ring, "Paid", times=2, user_id="ming")
    text = "{% if person.tags.buyer %}老朋友{% else %}您好{% endif %}，{{ person.scores.activity | default: 0 }}分，第{{ data.rank }}名"
    store.draft(KIND, "t", document({"popup": CHANNELS["popup"] | {"text": text}}), by="test", at=NOW)
    return ring


def test_a_preview_shows_a_draft_with_what_is_known_of_the_person_now(ring: Ring) -> None:
    found = preview(to={"user_id": "ming"}, data={"rank": 3})
    assert (found["name"], found["version"]) == ("t", 1)
    (popup,) = found["channels"]
    assert (popup["channel"], popup["account"], popup["sends"], popup["problems"]) == ("popup", "shop", True, [])
    assert popup["body"]["text"] == "老朋友，40分，第3名"


def test_a_preview_for_nobody_shows_the_defaults_and_what_would_keep_it_from_being_sent(ring: Ring) -> None:
    assert preview(data={"rank": 3})["channels"][0]["body"]["text"] == "您好，0分，第3名"
    (popup,) = preview()["channels"]
    assert (popup["sends"], popup["body"]) == (False, None)
    assert [(one["path"], one["code"], one["fatal"]) for one in popup["problems"]] == [("channels/popup/text", "variable_missing", True)]


def test_a_preview_of_nobody_known_or_of_nothing_is_not_found(ring: Ring) -> None:
    with pytest.raises(NotFound):
        preview(to={"user_id": "nobody"})
    with pytest.raises(NotFound):
        preview("none")
    with pytest.raises(NotFound):
        preview(version=7)
    with pytest.raises(BadRequest):
        preview(to={"Not A Namespace": "x"})
    with pytest.raises(DocumentInvalid):
        preview(to={"user_id": "a", "mobile": "13800138000"})
