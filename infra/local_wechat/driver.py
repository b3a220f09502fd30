"""Drives a local WeChat from a test or a script: sets up accounts and persons, acts as a fan, moves the clock, and asks what happened.

wechat = Driver("http://127.0.0.1:4680")
wechat.account("wx77aa00bb11cc22dd", "service", token="shop", mode="plain", callback_url=address)
mulan = wechat.person("mulan")
wechat.act(mulan, "wx77aa00bb11cc22dd", "follow").texts  # what the account answered at once
"""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

Json = dict[str, Any]
Exchange = Callable[[str, str, bytes], tuple[int, bytes]]
"""Method, address from the slash on, and body, to status and body."""

_OK: Final = 200
_SECONDS: Final = 60.0  # three deliveries of five seconds each, and some patience


class SimulatorRefused(RuntimeError):
    """What was asked for cannot be done; the text says why."""


class NotVerified(SimulatorRefused):
    """The callback address did not answer the platform's check, so the platform has not kept it."""


@dataclass(frozen=True, slots=True)
class Done:
    """What an action led to: the pushes and each attempt, what the chat has gained, and what the action gives (`code`, `location`)."""

    openid: str
    pushes: list[Json]
    shown: list[Json]
    gives: Json

    @property
    def outcomes(self) -> list[str]:
        """What became of each push: delivered, failed, lost, held, nowhere."""
        return [str(one["outcome"]) for one in self.pushes]

    @property
    def replies(self) -> list[Json]:
        """What the account answered at once, as the fan sees it."""
        return [one["content"] for one in self.shown if one["via"] == "reply"]

    @property
    def texts(self) -> list[str]:
        """The texts among what the fan was shown, the platform's own too."""
        return texts(self.shown)

    @property
    def faults(self) -> list[str]:
        """Why attempts did not count, in their order."""
        return [str(attempt["fault"]) for push in self.pushes for attempt in push["attempts"] if attempt["fault"]]


def texts(entries: list[Json]) -> list[str]:
    """What a chat says in words, apart from what the fan wrote: replies, customer-service messages, the platform's own words."""
    return [_words(one) for one in entries if one["who"] != "fan" and one["kind"] == "text"]


class Driver:
    """One local WeChat. Everything raises SimulatorRefused for what cannot be done. `exchange` replaces HTTP in tests of one process."""

    def __init__(self, url: str = "", exchange: Exchange | None = None) -> None:
        self.url = url.rstrip("/")
        self._exchange = exchange or self._over_http

    def account(
        self,
        appid: str,
        kind: str = "service",
        *,
        token: str = "",
        aes_key: str = "",
        secret: str = "",
        callback_url: str = "",
        mode: str = "safe",
        open_platform: str = "",
        **more: Any,
    ) -> Json:
        """Makes an account, or sets it up anew. A callback address is checked at once, unless `verify` is False. Raises NotVerified."""
        given = {"token": token, "aes_key": aes_key, "secret": secret, "callback_url": callback_url, "open_platform": open_platform}
        told = {name: value for name, value in given.items() if value}
        made = self._post("accounts", {"appid": appid, "kind": kind, "mode": mode, **told, **more})
        if callback_url and more.get("verify", True):
            verified = self._get("verification", appid=appid)
            if not verified["verified"]:
                raise NotVerified(str(verified["refused"]))
        return made

    def change(self, appid: str, **fields: Any) -> Json:
        """Sets something else of an account."""
        return self._post("accounts", {"appid": appid, "kind": self._kind(appid), **fields})

    def person(self, name: str, **more: Any) -> str:
        """The id of the person of that name, made if there was none; `mobile`, `language`, `snapshot`."""
        return str(self._post("persons", {"name": name, **more})["id"])

    def relation(self, person: str, appid: str, **fields: Any) -> Json:
        """What is between a person and an account (openid, unionid, tags, window ...), with `fields` set before."""
        if fields:
            self._post("relations", {"person": person, "appid": appid, **fields})
        return self._get("relations", person=person, appid=appid)

    def template(self, appid: str, keys: list[str], kind: str = "template", **more: Any) -> str:
        """Gives an account a message template, and its id."""
        return str(self._post("templates", {"appid": appid, "kind": kind, "keys": keys, **more})["template_id"])

    def media(self, appid: str, kind: str = "image", **more: Any) -> str:
        """The id of something that the account has uploaded, for replies and messages."""
        return str(self._post("media", {"appid": appid, "type": kind, **more})["media_id"])

    def act(self, person: str, appid: str, action: str, **fields: Any) -> Done:
        """A person does something; see `actions`. Waits for what becomes of the pushes, unless `wait` is False."""
        return Done(**self._post("act", {"person": person, "appid": appid, "action": action, **fields}))

    def actions(self) -> dict[str, str]:
        """What persons can do, and what it takes."""
        return self._get("actions")

    def shown(self, person: str, appid: str) -> list[Json]:
        """Everything in the chat, in order: `who` (fan, account, platform), `via`, `kind`, `content`."""
        return list(self._get("shown", person=person, appid=appid)["entries"])

    def menu(self, person: str, appid: str) -> list[Json]:
        """The buttons that the person sees."""
        return list(self._get("menu", person=person, appid=appid)["buttons"])

    def codes(self, appid: str) -> list[Json]:
        """The account's codes that can be scanned: `ticket`, `scene`, `url`, `expires`."""
        return list(self._get("codes", appid=appid)["codes"])

    def pushes(self, **asked: Any) -> list[Json]:
        """Pushes and what became of them, chosen by `appid`, `openid`, `name`, `outcome`, `after`."""
        return list(self._get("pushes", **asked)["pushes"])

    def outbox(self, **asked: Any) -> list[Json]:
        """Messages that accounts sent, chosen by `appid`, `openid`, `api`, `msgtype`, `template_id`, `decision`, `after`."""
        return list(self._asked("GET", f"/outbox?{urlencode(asked)}")["messages"])

    def log(self, **asked: Any) -> list[Json]:
        """Calls of the platform, chosen by `path`, `appid`, `after`."""
        return list(self._get("log", **asked)["requests"])

    def report(self) -> Json:
        """Figures to hold against expectations: calls, refusals, unknown paths, messages."""
        return self._get("report")

    def advance(self, seconds: float) -> None:
        """Moves the world on, and does what becomes due."""
        self._post("clock", {"advance_seconds": seconds})

    def fault(self, match: Mapping[str, str], when: Mapping[str, Any], effect: Mapping[str, Any]) -> Json:
        """Something is to go wrong with calls of the platform."""
        return self._post("faults", {"match": dict(match), "when": dict(when), "effect": dict(effect)})

    def no_faults(self) -> None:
        """Calls of the platform go well again."""
        self._post("faults", {"clear": True})

    def push_fault(self, effect: str, **more: Any) -> Json:
        """Something is to go wrong with pushes: `appid`, `openid`, `event`, `attempts`, `skip`, `count`, `seconds` say with which."""
        return self._post("push_faults", {"effect": effect, **more})

    def no_push_faults(self) -> None:
        """Pushes go well again."""
        self._post("push_faults", {"clear": True})

    def ways(self, **chosen: Any) -> Json:
        """How the platform pushes, where nobody knows for sure."""
        return self._post("ways", chosen)

    def choices(self, **chosen: Any) -> Json:
        """What the platform does where its pages disagree."""
        return self._post("choices", chosen)

    def preset(self, name: str) -> Json:
        """Sets up a scenario by its name."""
        return self._post(f"presets/{name}", {})

    def reset(self, **chosen: Any) -> None:
        """Begins anew."""
        self._post("reset", chosen)

    def _kind(self, appid: str) -> str:
        return next((str(one["kind"]) for one in self._get("accounts")["accounts"] if one["appid"] == appid), "service")

    def _post(self, name: str, body: Json) -> Json:
        return self._asked("POST", f"/_sim/{name}", json.dumps(body, ensure_ascii=False).encode())

    def _get(self, name: str, /, **query: Any) -> Json:
        return self._asked("GET", f"/_sim/{name}?{urlencode(query)}")

    def _asked(self, method: str, target: str, body: bytes = b"") -> Json:
        status, answer = self._exchange(method, target, body)
        if status != _OK:
            raise SimulatorRefused(f"{method} {target}: {status} {answer.decode('utf-8', 'replace')}")
        found: Json = json.loads(answer)
        return found

    def _over_http(self, method: str, target: str, body: bytes) -> tuple[int, bytes]:
        request = urllib.request.Request(self.url + target, data=body or None, method=method)
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read()


def _words(entry: Json) -> str:
    """A reply has them at the top, a customer-service message inside of its `text`."""
    content = entry["content"]
    return str(content["Content"] if "Content" in content else content["text"]["content"])
