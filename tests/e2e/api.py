"""The API as an operator's script sees it: one function per thing to ask, each answer checked for what must never happen."""

from dataclasses import dataclass, field
from typing import Any, Final

import requests

from tests.e2e.waiting import eventually

ANSWER_SECONDS: Final = 30.0
PAGE: Final = 200
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shop:
    """A source of events with its write key."""

    name: str
    key: str


@dataclass(frozen=True, slots=True)
class Api:
    """Usage: `Api(url, key).person("mobile", "13712345670")["attributes"]`. `key` is an admin key."""

    url: str
    key: str
    session: requests.Session = field(default_factory=requests.Session)

    def __enter__(self) -> "Api":
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def call(self, method: str, path: str, body: Any = None, *, key: str | None = None, **more: Any) -> requests.Response:
        """One request with JSON in; whatever is sent, the service never answers that it failed."""
        headers = {"Authorization": f"Bearer {self.key if key is None else key}"} | more.pop("headers", {})
        answer = self.session.request(
            method, self.url + path, json=body, headers=headers, timeout=ANSWER_SECONDS, allow_redirects=False, **more
        )
        assert answer.status_code < 500, f"{method} {path}: {answer.status_code} {answer.text[:1000]}"
        return answer

    def read(self, path: str, **query: Any) -> Json:
        """The JSON document at a path."""
        answer = self.call("GET", path, params=query)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:1000]}"
        document: Json = answer.json()
        return document

    def write(self, method: str, path: str, body: Any = None) -> Json:
        """The answer to a change that has to be taken."""
        answer = self.call(method, path, body)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:1000]}"
        document: Json = answer.json()
        return document

    def every(self, path: str, **query: Any) -> list[Json]:
        """All items of a list, page by page."""
        page = self.read(path, limit=PAGE, **query)
        items: list[Json] = list(page["items"])
        while page["next"]:
            page = self.read(path, limit=PAGE, **query, cursor=page["next"])
            items += page["items"]
        return items

    def send(self, shop: Shop, *events: Json) -> Json:
        """Sends events in the native format; all of them have to be kept."""
        answer = self.call("POST", "/v1/events", {"events": list(events)}, key=shop.key)
        assert (answer.status_code, answer.json()["rejected"]) == (202, []), answer.text[:1000]
        document: Json = answer.json()
        return document

    def person(self, namespace: str, value: str) -> Json:
        """The person behind an identifier; an empty one while nobody is known by it."""
        answer = self.call("GET", f"/v1/people/{namespace}/{value}")
        if answer.status_code == 404:
            return {"person_id": None, "identifiers": [], "attributes": {}, "events": 0}
        assert answer.status_code == 200, answer.text[:1000]
        person: Json = answer.json()
        return person

    def person_id(self, namespace: str, value: str) -> str | None:
        """The id of the person behind an identifier."""
        found: str | None = self.person(namespace, value)["person_id"]
        return found

    def timeline(self, namespace: str, value: str) -> list[Json]:
        """All events of a person, oldest first; none while nobody is known."""
        if self.person_id(namespace, value) is None:
            return []
        return self.every(f"/v1/people/{namespace}/{value}/timeline", order="asc")

    def names(self, namespace: str, value: str) -> list[str]:
        """The names of a person's events, oldest first."""
        return [event["name"] for event in self.timeline(namespace, value)]

    def evidence(self, namespace: str, value: str) -> list[Json]:
        """What speaks for and against the identifiers of a person being one."""
        edges: list[Json] = self.read(f"/v1/people/{namespace}/{value}/identity")["edges"]
        return edges

    def refused_evidence(self, namespace: str, value: str) -> set[tuple[frozenset[str], str]]:
        """The refused evidence about a person: the pair (`namespace value` each) and the reason."""
        return {
            (frozenset(f"{end['namespace']} {end['value']}" for end in edge["between"]), edge["reason"])
            for edge in self.evidence(namespace, value)
            if edge["state"] == "refused"
        }

    def rejections(self, source: str) -> list[Json]:
        """What was refused of a source, with the records as they came."""
        return [self.read(f"/v1/rejections/{one['id']}") for one in self.every("/v1/rejections", source=source)]

    def publish(self, kind: str, name: str, document: Json) -> Json:
        """Drafts a definition and puts it in force."""
        self.write("PUT", f"/v1/{kind}/{name}", document)
        return self.write("POST", f"/v1/{kind}/{name}/publish")

    def new_shop(self, name: str, *, third_party: bool = False, projects: tuple[str, ...] = ()) -> Shop:
        """Publishes a source and makes a write key for it."""
        self.publish("sources", name, {"title": name, "third_party": third_party, "projects": list(projects)})
        return Shop(name, self.write("POST", "/v1/keys", {"source": name})["key"])


def held(person: Json) -> set[str]:
    """The identifiers of a person, each as `namespace value`."""
    return {f"{one['namespace']} {one['value']}" for one in person["identifiers"]}


def settled_names(api: Api, namespace: str, value: str, names: list[str]) -> None:
    """Waits until exactly these events, in this order, stand on a timeline."""
    eventually(lambda: api.names(namespace, value), lambda found: found == names)
