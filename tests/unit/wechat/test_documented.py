"""The page about WeChat accounts names what the code knows: every event with its kinds, every reason with its status."""

import re

from chalicelib.entrypoints.wechat import NEWS_DROPPED
from chalicelib.wechat.naming import OF_EVENTS, OF_MESSAGES, UNKNOWN
from chalicelib.wechat.refused import PushRefused, Reason
from infra.paths import ROOT

PAGE = (ROOT / "docs" / "wechat.md").read_text("utf-8")


def test_every_kind_of_push_stands_beside_the_name_of_its_event() -> None:
    rows = dict.fromkeys(re.findall(r"^\| `(Wechat\w+)` \| (.+) \|$", PAGE, re.MULTILINE))
    told = {(name, kind.strip("` ")) for name, kinds in rows for kind in kinds.split(",")}
    assert told == {(name, kind) for group in (*OF_MESSAGES, *OF_EVENTS) for kind, name in group.names.items()}


def test_groups_that_are_about_the_account_say_so() -> None:
    for group in (*OF_MESSAGES, *OF_EVENTS):
        assert (f"**{group.about}** *About the account.*" in PAGE) is not group.of_person


def test_every_reason_stands_beside_its_status() -> None:
    told = {
        (reason, int(status))
        for reasons, status in re.findall(r"^\| (`[^|]+) \| (\d{3}) \|", PAGE, re.MULTILINE)
        for reason in re.findall(r"`(\w+)`", reasons)
    }
    assert told == {(reason.value, PushRefused(reason, "").status) for reason in Reason}


def test_what_is_not_kept_is_told() -> None:
    assert f"`{NEWS_DROPPED}`" in PAGE
    assert f"`{UNKNOWN}`" in PAGE
