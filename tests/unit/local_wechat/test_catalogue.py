"""The local WeChat knows every call that the product makes."""

import pkgutil
from importlib import import_module
from typing import Any

import chalicelib.wechat
import chalicelib.wechat.calls
from chalicelib.wechat.apis import Api
from infra.local_wechat.call import Auth
from infra.local_wechat.catalogue import APIS


def called() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for package in (chalicelib.wechat, chalicelib.wechat.calls):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            members = vars(import_module(module.name)).values()
            found.update({one.path: one for one in members if isinstance(one, Api)})
    return found


def test_no_call_of_the_product_is_unknown() -> None:
    assert len(called()) > 30
    assert called().keys() <= APIS.keys()


def test_product_and_platform_agree_on_which_calls_carry_a_token() -> None:
    differing = [path for path, api in called().items() if (api.credential == "account") != (APIS[path].auth is Auth.TOKEN)]
    assert differing == []
