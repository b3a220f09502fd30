"""The OpenAPI document as a page to read: one file, no script, nothing fetched from elsewhere."""

import json
from collections.abc import Iterable, Iterator
from html import escape
from itertools import groupby
from typing import Any, Final

Schema = dict[str, Any]

_STYLE: Final = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2430;background:#fff}
h2{margin-top:3rem;border-bottom:1px solid #d5dae1} h3{margin:2rem 0 .2rem;font-size:1.05rem}
code,pre{font:14px/1.45 ui-monospace,monospace} pre{background:#f4f6f8;padding:.8rem;overflow:auto;border-radius:4px}
b.m{display:inline-block;min-width:4.2rem;color:#0b5cad} table{border-collapse:collapse;width:100%}
td,th{text-align:left;padding:.25rem .8rem .25rem 0;vertical-align:top;border-bottom:1px solid #eceff2} .who{color:#68727f}
"""
_NOBODY: Final = "no key"


def page(spec: Schema) -> str:
    """The HTML of an OpenAPI document made by `openapi.describe`."""
    info = spec["info"]
    title = escape(f"{info['title']} {info['version']}")
    parts = [f"<h1>{title}</h1><p>{_text(info['description'])}</p>", '<p><a href="openapi.json">openapi.json</a></p>']
    parts.extend(_sections(spec))
    parts.append("<h2>Shapes</h2>")
    parts.extend(_shape(name, schema) for name, schema in sorted(spec["components"]["schemas"].items()))
    body = "\n".join(parts)
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>'


def _sections(spec: Schema) -> Iterator[str]:
    operations = [(_tag(one), method, path, one) for path, methods in spec["paths"].items() for method, one in methods.items()]
    for tag, group in groupby(operations, key=lambda one: one[0]):
        yield f"<h2>{escape(tag)}</h2>"
        for _, method, path, operation in group:
            yield _operation(method, path, operation, spec)


def _tag(operation: Schema) -> str:
    return next(iter(operation["tags"]), "Other")


def _operation(method: str, path: str, operation: Schema, spec: Schema) -> str:
    head = f'<h3><b class="m">{method.upper()}</b> <code>{escape(path)}</code></h3>'
    who = f'<span class="who">({escape(_who(operation["security"]))})</span>'
    words = f"<p>{_text(operation['summary'])} {who}</p><p>{_text(operation.get('description', ''))}</p>"
    return head + words + _parameters(operation["parameters"]) + _body(operation, spec) + _answers(operation["responses"])


def _who(security: Iterable[Schema]) -> str:
    return " or ".join(" ".join([name, *scopes]) for one in security for name, scopes in one.items()) or _NOBODY


def _parameters(parameters: list[Schema]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(one['name'])}</code></td><td>{escape(one['in'])}</td><td>{_text(one.get('description', ''))}</td></tr>"
        for one in parameters
    )
    return f"<table>{rows}</table>" if rows else ""


def _body(operation: Schema, spec: Schema) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    schema = next((one["schema"] for one in content.values() if "schema" in one), None)
    if schema is None:
        return f"<p>Body: {_text(', '.join(content))}</p>" if content else ""
    examples = _resolved(schema, spec).get("examples", [])
    shown = "".join(f"<pre>{escape(json.dumps(one, ensure_ascii=False, indent=2))}</pre>" for one in examples)
    return f"<p>Body: {_link(schema)}</p>{shown}"


def _answers(responses: Schema) -> str:
    good = ((status, one) for status, one in responses.items() if status != "default")
    return "".join(f"<p>Answer: {status} {escape(one['description'])} {_content(one.get('content', {}))}</p>" for status, one in good)


def _content(content: Schema) -> str:
    return " or ".join(_link(one["schema"]) if "schema" in one else escape(media) for media, one in content.items())


def _shape(name: str, schema: Schema) -> str:
    needed = schema.get("required", [])
    rows = "".join(
        f"<tr><td><code>{escape(field)}</code>{' *' if field in needed else ''}</td><td>{_type(one)}</td>"
        f"<td>{_text(one.get('description', ''))}</td></tr>"
        for field, one in schema.get("properties", {}).items()
    )
    words = _text(schema.get("description", ""))
    return f'<h3 id="{escape(name)}"><code>{escape(name)}</code></h3><p>{words}</p><table>{rows}</table>'


def _type(schema: Schema) -> str:
    """A short name for a schema: a link, a JSON type, or several."""
    if "$ref" in schema:
        return _link(schema)
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "items" in schema:
        return f"list of {_type(schema['items'])}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_type(schema['additionalProperties'])}"
    return escape(", ".join(map(str, schema.get("enum", [])))) or escape(str(schema.get("type", "any")))


def _link(schema: Schema) -> str:
    name = escape(str(schema.get("$ref", "")).rpartition("/")[2])
    return f'<a href="#{name}"><code>{name}</code></a>' if name else _type(schema)


def _resolved(schema: Schema, spec: Schema) -> Schema:
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    found: Schema = spec["components"]["schemas"].get(name, schema)
    return found


def _text(words: str) -> str:
    """Escaped text in which `backticks` become code."""
    pieces = escape(words).split("`")
    return "".join(f"<code>{piece}</code>" if place % 2 else piece for place, piece in enumerate(pieces))
