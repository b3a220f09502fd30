"""What else happens between a person and an account: mini programs, subscriptions, service, cards, privacy, and the platform's news."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from infra.local_wechat import grants, kinds
from infra.local_wechat.acting import PLATFORM, Acted, Action, Scene
from infra.local_wechat.payloads import Payload
from infra.local_wechat.routes import Nonsense
from infra.local_wechat.state import Credit, GrantKind, Trigger

_ANSWERS: Final = frozenset({"accept", "reject", "ban"})
_AGENT_EVENTS: Final = {"open": "kf_create_session", "close": "kf_close_session", "switch": "kf_switch_session"}
_PRIVACY: Final = {
    "modified": "user_info_modified",
    "revoke": "user_authorization_revoke",
    "cancel": "user_authorization_cancellation",
}


def subscribe_popup(scene: Scene) -> Acted:
    """Answers a request for subscriptions: `choices` maps templates to accept, reject or ban. An acceptance allows one notice more."""
    choices = scene.fields.get("choices")
    if not isinstance(choices, Mapping) or not choices or not set(choices.values()) <= _ANSWERS:
        raise Nonsense("the action needs choices: {template id: accept | reject | ban}")
    for template_id, answer in choices.items():
        credit = scene.relation.credits.setdefault(template_id, Credit())
        if answer == "accept":
            credit.left, credit.refused = credit.left + 1, False
            credit.always = credit.always or scene.flag("always", False)
        else:
            credit.refused = credit.refused or answer == "ban"
    payload = kinds.subscription_popup(list(choices.items()), scene.text("popup_scene", "0"))
    return Acted((payload,), "subscribe_popup", dict(choices))


def withdraw(scene: Scene) -> Acted:
    """Ends subscriptions in the settings: `template_ids`."""
    templates = scene.texts("template_ids")
    for template_id in templates:
        credit = scene.relation.credits.setdefault(template_id, Credit())
        credit.left, credit.always, credit.refused = 0, False, True
    return Acted((kinds.subscription_change(templates),), "withdraw", {"template_ids": templates})


def enter_service(scene: Scene) -> Acted:
    """Opens the customer service of a mini program, from a button that says `session_from`."""
    scene.mini().opens(Trigger.SERVICE)
    said = scene.text("session_from", "")
    return Acted((kinds.event("user_enter_tempsession", SessionFrom=said),), "enter_service", {"session_from": said})


def mini_page(scene: Scene) -> Acted:
    """Sends a card of a page into the customer service of a mini program: `title`, `path`."""
    scene.mini().opens(Trigger.MESSAGE)
    title, path = scene.text("title"), scene.text("path")
    payload = kinds.mini_page(title, scene.account.appid, path, scene.media(), scene.number())
    return Acted((payload,), "miniprogrampage", {"Title": title, "PagePath": path})


def agent(scene: Scene) -> Acted:
    """People who serve customers take, close or hand over the fan: `event` is open, close or switch; `agent`, and `to`."""
    event, who = scene.text("event", "open"), scene.text("agent", "kf2001@shop")
    if event not in _AGENT_EVENTS:
        raise Nonsense(f"event must be one of {', '.join(_AGENT_EVENTS)}")
    fields = {"FromKfAccount": who, "ToKfAccount": scene.text("to", "kf2002@shop")} if event == "switch" else {"KfAccount": who}
    return Acted((kinds.event(_AGENT_EVENTS[event], **fields),), "agent", fields)


def card(scene: Scene) -> Acted:
    """Does something with a card: `event` (user_get_card, user_consume_card ...), `card_id`, `code`, and further `fields` as pushed."""
    event, card_id, code = scene.text("event", "user_get_card"), scene.text("card_id"), scene.text("code", "100000000001")
    fields: dict[str, Any] = {"CardId": card_id, "UserCardCode": code, **_fields(scene)}
    unionid = scene.world.unionid(scene.relation)
    if event == "user_get_card" and unionid:
        fields.setdefault("UnionId", unionid)
    return Acted((kinds.event(event, **fields),), "card", {"event": event, "card_id": card_id})


def privacy(scene: Scene) -> Acted:
    """Changes or takes back what the account may know: `change` is modified, revoke or cancel; `revoked` the number of what."""
    change = scene.text("change")
    if change not in _PRIVACY:
        raise Nonsense(f"change must be one of {', '.join(_PRIVACY)}")
    revoked = scene.text("revoked", "1") if change != "modified" else ""
    payload = kinds.privacy(_PRIVACY[change], scene.relation.openid, scene.account.appid, revoked)
    return Acted((payload,), "privacy", {"change": change})


def media_check(scene: Scene) -> Acted:
    """The platform has looked at media of a mini program: `trace_id`, `suggest` (pass, review, risky), `label`."""
    scene.mini()
    payload = kinds.media_checked(
        scene.account.appid, scene.text("trace_id"), scene.text("suggest", "pass"), int(scene.text("label", "100"))
    )
    return Acted((payload,), gives={"from": PLATFORM})


def publish(scene: Scene) -> Acted:
    """The platform has published an article: `article_id`, `urls`; `name` is the event's, which the platform's pages disagree about."""
    urls, article_id = scene.texts("urls"), scene.text("article_id", "ARTICLE_0001")
    payload = kinds.publish_job(scene.number(), article_id, urls, scene.text("name", "PUBLISHJOBFINISH"))
    return Acted((payload,), gives={"from": PLATFORM})


def debug_demo(scene: Scene) -> Acted:
    """The console's test push."""
    return Acted((kinds.debug_demo(scene.text("said", "hello world")),), "debug_demo")


def push(scene: Scene) -> Acted:
    """Any push at all: `msg_type`, `event` and `fields`, for kinds that nobody acts out here."""
    payload = Payload(scene.text("msg_type", "event"), _fields(scene), scene.text("event", ""))
    return Acted((payload,), "push", {"name": payload.event or payload.msg_type}, {"from": scene.text("from", scene.relation.openid)})


def open_mini(scene: Scene) -> Acted:
    """Opens a mini program, which asks for a login: gives `code` for jscode2session."""
    grant = grants.granted(scene.mini().world, scene.relation, GrantKind.LOGIN)
    return Acted((), "open_mini", gives={"code": grant.code})


def phone_button(scene: Scene) -> Acted:
    """Tells a mini program their phone number: gives `code` for getuserphonenumber."""
    grant = grants.granted(scene.mini().world, scene.relation, GrantKind.PHONE)
    return Acted((), "phone_button", gives={"code": grant.code})


def oauth(scene: Scene) -> Acted:
    """Opens a web page of the account in WeChat: `redirect_uri`, `scope`, `state`; gives `code`, and the address it leads back to."""
    scope = scene.text("scope", "snsapi_base")
    grant = grants.granted(scene.official().world, scene.relation, GrantKind.OAUTH, scope)
    back = scene.text("redirect_uri", "")
    more = urlencode({"code": grant.code, "state": scene.text("state", "")})
    joined = f"{back}{'&' if urlsplit(back).query else '?'}{more}"
    return Acted((), "oauth", gives={"code": grant.code, "location": joined if back else ""})


def _fields(scene: Scene) -> dict[str, Any]:
    fields = scene.fields.get("fields", {})
    if not isinstance(fields, dict):
        raise Nonsense("fields must be an object")
    return fields


ACTIONS: Final[Mapping[str, Action]] = {
    one.__name__: one
    for one in (
        subscribe_popup, withdraw, enter_service, mini_page, agent, card, privacy, media_check, publish, debug_demo, push, open_mini,
        phone_button, oauth,
    )
}  # fmt: skip
