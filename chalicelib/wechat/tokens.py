"""The account's access token: one for all workers, made by one of them, and made anew once when the platform refuses it.

Made with `stable_token`, which answers everybody the same while it is good, so that even two workers that make one at the same time do
not take it from each other. Only when it answers the very token that was refused, or would since it has just been made, is the platform
forced to make another; it allows that 20 times a day.
"""

from typing import Final

from chalicelib.wechat import apis, calling, quotas, sharing
from chalicelib.wechat.apis import Api, Credential, Json
from chalicelib.wechat.calling import REAL, Call, Means
from chalicelib.wechat.calls import fields
from chalicelib.wechat.sharing import Kind, Made, Refusal

STABLE_TOKEN: Final = Api("/cgi-bin/stable_token", credential=Credential.SECRET)


def token(appid: str, means: Means = REAL) -> str:
    """The token. Raises the errors of `errors`: Misconfigured when the AppSecret is wrong or missing, TryAgain when none came in time."""
    return sharing.current(_TOKEN, appid, means)


def refused(appid: str, value: str, means: Means = REAL) -> str:
    """The token after one that the platform refused. Raises TokenRefused when that one was new itself, and as `token`."""
    return sharing.replaced(_TOKEN, appid, value, means)


def _make(appid: str, refusal: Refusal, means: Means) -> Made:
    if not refusal.fresh:
        made = _made(appid, {"grant_type": "client_credential"}, means)
        if made.value != refusal.value:
            return made
    quotas.spend(appid, quotas.FORCED_TOKEN, means.now())
    return _made(appid, {"grant_type": "client_credential", "force_refresh": True}, means)


def _made(appid: str, body: Json, means: Means) -> Made:
    wanted = Call(appid, STABLE_TOKEN, body=body)
    found = calling.with_secret(wanted, lambda call: calling.attempted(call, means, apis.decoded))
    return Made(fields.text(found, "access_token", STABLE_TOKEN), fields.number(found, "expires_in") * 1000)


_TOKEN: Final = Kind("token", STABLE_TOKEN, _make)
