"""What docs/providers.md shows works: its adapter is one file, and its tables name what there is."""

import re
from pathlib import Path
from typing import Any

from chalicelib.providers import adapters
from chalicelib.providers.adapter import Adapter
from chalicelib.providers.model import Account, Outcome, Reason, Result
from infra.local_providers.admin import ROUTES
from infra.paths import ROOT
from tests.unit.providers.means import NOW, SMS, Asked, said

PAGE = (ROOT / "docs" / "providers.md").read_text("utf-8")


def shown_adapter() -> Adapter[Any]:
    [code] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {"__name__": "sms_example"}
    exec(compile(code, str(Path("sms_example.py")), "exec"), names)  # noqa: S102 - our own page
    found = names["ADAPTER"]
    assert isinstance(found, Adapter)
    return found


def test_the_adapter_that_is_shown_sends_and_understands() -> None:
    account = Account("main", "sms_example", secrets={"api_key": ("K",)})
    asked = Asked(said({"code": "ok", "id": "7"}), said({"code": "busy"}), said({"code": "no_such_number"}), said({}, 502))
    found = [shown_adapter().send(SMS, account, NOW, asked.means) for _ in range(4)]
    assert found[0] == Outcome(Result.SENT, provider_id="7", raw_code="ok")
    assert [one.kind for one in found] == [Result.SENT, Result.LIMITED, Result.UNREACHABLE, Result.UNKNOWN]
    assert asked.requests[0].url == "https://sms.example.com/send"
    assert shown_adapter().send(SMS, Account("main", "sms_example"), NOW, asked.means).reason is Reason.CREDENTIALS_MISSING


def test_every_adapter_stands_in_the_table_with_its_secrets_and_settings() -> None:
    rows = {row.split("`")[1]: row for row in PAGE.splitlines() if row.startswith("| `") and row.split("`")[1] in adapters.names()}
    assert rows.keys() == set(adapters.names())
    for name, row in rows.items():
        known = adapters.adapter(name)
        named = (*known.secrets, *known.settings, *known.options, *(known.optional_secrets if "as `sms_sns`" not in row else ()))
        assert [one for one in named if f"`{one}`" not in row] == [], name


def test_every_outcome_and_every_request_of_the_fronts_is_told() -> None:
    assert [one for one in Result if f"| `{one}` |" not in PAGE] == []
    assert [f"{method} {path}" for method, path in ROUTES if f"{method} {path}" not in PAGE] == []
