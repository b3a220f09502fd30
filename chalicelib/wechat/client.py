"""Calls to the platform in the name of an account.

    client = Client("wx77aa00bb11cc22dd")
    fan = users.info(client, "oFan1")            # see `calls` for what there is
    client.call(Api("/cgi-bin/tags/get", Method.GET))["tags"]

Every call may raise what `errors` lists: LimitReached (with `until`), Dropped, Unreachable, Misconfigured, TryAgain after some attempts.
TryAgain.sent_maybe tells whether the call may have had its effect. A call that is not `repeatable` is never made again after that. Nothing
else is raised for what the platform does, and no secret stands in what is raised.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from chalicelib.wechat import calling, tokens
from chalicelib.wechat.apis import Api, Credential, Json, Query
from chalicelib.wechat.calling import REAL, Call, Found, Means
from chalicelib.wechat.errors import Misconfigured, TokenRefused
from chalicelib.wechat.wire import Upload

_ACCESS_TOKEN: Final = "access_token"  # noqa: S105 - the name of a parameter


class Client:
    """Calls the platform with the account's token, which is refreshed once when it is refused, and within its quotas."""

    def __init__(self, appid: str, means: Means = REAL) -> None:
        self.appid = appid
        self.means = means

    def __repr__(self) -> str:
        return f"Client({self.appid!r})"

    def call(self, api: Api, *, query: Query | None = None, body: Json | None = None, file: Upload | None = None) -> Json:
        """The answer's object; when there was nothing to do, `errcode` says so. Raises the errors of `errors`."""
        return self._asked(Call(self.appid, api, query or {}, body, file), calling.answered)

    def content(self, api: Api, *, query: Query | None = None, body: Json | None = None) -> bytes:
        """The file that an interface answers with. Raises as `call`."""
        return self._asked(Call(self.appid, api, query or {}, body), calling.downloaded)

    def _asked(self, call: Call, ask: Callable[[Call, Means], Found]) -> Found:
        if call.api.credential is Credential.SECRET:
            return calling.with_secret(call, lambda one: ask(one, self.means))
        if call.api.credential is Credential.PERSON:
            return ask(call, self.means)
        token = tokens.token(self.appid, self.means)
        try:
            return ask(_carrying(call, token), self.means)
        except TokenRefused:
            pass  # what follows is no part of this handler, so that its errors do not quote this one
        try:
            return ask(_carrying(call, tokens.refused(self.appid, token, self.means)), self.means)
        except TokenRefused as again:
            raise Misconfigured(again.verdict, again.api, again.rid) from None


def _carrying(call: Call, token: str) -> Call:
    return replace(call, query={_ACCESS_TOKEN: token, **call.query})
