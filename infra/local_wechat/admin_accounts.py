"""Admin API: accounts as the platform's console would set them up, and the message templates that they hold."""

from dataclasses import asdict
from typing import Any, Final

from infra.local_wechat.happenings import Happening, Took
from infra.local_wechat.routes import Nonsense, Route
from infra.local_wechat.setting import body_of, known, named, one_of, set_fields
from infra.local_wechat.state import Account, Json, Kind, Media, Template, TemplateKind
from infra.local_wechat.wire import Answer, Request, answer_json
from infra.local_wechat.world import World, new_account

_SETTABLE: Final = (
    "secret",
    "original_id",
    "token",
    "aes_key",
    "old_aes_key",
    "mode",
    "form",
    "callback_url",
    "open_platform",
    "certified",
    "allowed_ips",
    "denied",
    "banned",
    "secret_frozen",
    "quotas",
    "pages",
)
_OF_CALLBACK: Final = frozenset({"callback_url", "token", "aes_key", "mode", "form"})
_ASIDE: Final = frozenset({"appid", "kind", "verify"})
_SECRET_LETTERS: Final = 32


def put_account(world: World, request: Request) -> Answer:
    """Makes an account, or changes one: `{"appid", "kind", ...}`. Whatever has to do with pushes makes the address be verified
    anew, unless `"verify"` is false.
    """
    given = body_of(request)
    appid = named(given, "appid")
    account = world.accounts.get(appid)
    if account is None:
        kind = one_of("kind", Kind, given.get("kind", Kind.SERVICE))
        account = new_account(world, appid, kind, world.chance.text(_SECRET_LETTERS))
    elif given.get("kind", account.kind) != account.kind:
        raise Nonsense("an account stays of its kind")
    set_fields(account, {name: value for name, value in given.items() if name not in _ASIDE}, _SETTABLE)
    world.accounts[appid] = account
    if account.callback_url and given.keys() & _OF_CALLBACK and given.get("verify", True):
        world.happened(Happening(Took.URL_SET, appid))
    return answer_json(described(account))


def accounts(world: World, _request: Request) -> Answer:
    """All accounts."""
    return answer_json({"accounts": [described(account) for account in world.accounts.values()]})


def described(account: Account) -> Json:
    """What was set of an account, and its other name. The local secrets are nobody's: they may be seen."""
    return {"appid": account.appid, "kind": account.kind, **{name: _plain(getattr(account, name)) for name in _SETTABLE}}


def put_template(world: World, request: Request) -> Answer:
    """Gives an account a template: `{"appid", "kind", "keys": ["thing1", "time2"], "template_id"?, "title"?, "banned"?}`."""
    given = body_of(request)
    with known():
        account = world.accounts[named(given, "appid")]
    template_id = given.get("template_id") or world.chance.text(43)
    kind = one_of("kind", TemplateKind, given.get("kind", TemplateKind.TEMPLATE))
    keys = tuple(str(key) for key in given.get("keys", ()))
    made = Template(str(template_id), kind, keys, str(given.get("title", "")), bool(given.get("banned", False)))
    account.templates[made.template_id] = made
    return answer_json(asdict(made))


def put_media(world: World, request: Request) -> Answer:
    """Gives an account an upload: `{"appid", "type", "media_id"?}`. It stays for ever, as what is added in the console does."""
    given = body_of(request)
    with known():
        account = world.accounts[named(given, "appid")]
    made = Media(str(given.get("media_id") or world.chance.text(64)), named(given, "type"), 1, None)
    account.media[made.media_id] = made
    return answer_json(asdict(made))


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, set) else value


ROUTES: Final = (
    Route("POST", "/_sim/accounts", put_account),
    Route("GET", "/_sim/accounts", accounts),
    Route("POST", "/_sim/templates", put_template),
    Route("POST", "/_sim/media", put_media),
)
