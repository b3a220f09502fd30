"""Repair: API Gateway's import of a whole API (`chalice deploy` uses it), binary media types, and preflight answers.

The pinned version has no ImportRestApi and PutRestApi, drops `x-amazon-apigateway-binary-media-types`, and forgets what a MOCK
integration answers, so browsers' preflight requests would get no CORS headers.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

_Answer = tuple[int, dict[str, str], bytes]
_Handler = Callable[[str, str, Any, bytes, dict[str, Any]], Awaitable[_Answer]]


def repair() -> None:
    """Puts the repairs in place."""
    from ministack.services import apigateway_v1 as gateway

    gateway._rest_api_view = _without_empty_compression(gateway._rest_api_view)
    gateway._import_operation = _keeping_mock_answers(gateway, gateway._import_operation)
    gateway._import_rest_api = _keeping_media_types(gateway._import_rest_api)
    gateway.handle_request = _with_imports(gateway, gateway.handle_request)


def _without_empty_compression(view: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """An empty `minimumCompressionSize` is one that botocore cannot read."""

    def rest_api_view(api: Any) -> Any:
        shown = view(api)
        if shown is not None and shown.get("minimumCompressionSize") in {None, ""}:
            shown.pop("minimumCompressionSize", None)
        return shown

    return rest_api_view


def _keeping_media_types(original: Callable[..., str]) -> Callable[..., str]:
    def import_rest_api(spec: dict[str, Any], base: dict[str, Any] | None = None) -> str:
        data = dict(base or {})
        data["binaryMediaTypes"] = data.get("binaryMediaTypes") or spec.get("x-amazon-apigateway-binary-media-types", [])
        return original(spec, data)

    return import_rest_api


def _keeping_mock_answers(gateway: Any, original: Callable[..., None]) -> Callable[..., None]:
    def import_operation(api: str, resource: str, method: str, operation: Any, *rest: Any) -> None:
        original(api, resource, method, operation, *rest)
        integration = (operation or {}).get("x-amazon-apigateway-integration") or {}
        if str(integration.get("type", "")).lower() != "mock":
            return
        gateway._put_integration(api, resource, method, {"type": "MOCK", "requestTemplates": integration.get("requestTemplates", {})})
        for pattern, answer in (integration.get("responses") or {}).items():
            headers = answer.get("responseParameters", {})
            status = str(answer.get("statusCode", 200))
            gateway._put_method_response(api, resource, method, status, {"responseParameters": dict.fromkeys(headers, False)})
            selection = "" if pattern == "default" else pattern
            response = {
                "responseParameters": headers,
                "responseTemplates": answer.get("responseTemplates", {}),
                "selectionPattern": selection,
            }
            gateway._put_integration_response(api, resource, method, status, response)

    return import_operation


def _with_imports(gateway: Any, original: _Handler) -> _Handler:
    async def handle_request(method: str, path: str, headers: Any, body: bytes, query: dict[str, Any]) -> _Answer:
        parts = [part for part in path.split("/") if part]
        if method == "POST" and parts == ["restapis"] and _first(query, "mode") == "import":
            return _imported(gateway, json.loads(body), _first(query, "endpointConfigurationTypes"))
        if method == "PUT" and parts[:1] == ["restapis"] and len(parts) == 2 and parts[1] in gateway._rest_apis:  # noqa: PLR2004
            return _overwritten(gateway, parts[1], json.loads(body))
        return await original(method, path, headers, body, query)

    return handle_request


def _imported(gateway: Any, spec: dict[str, Any], types: str) -> _Answer:
    base = {
        "endpointConfiguration": {"types": [types or "EDGE"]},
        "minimumCompressionSize": spec.get("x-amazon-apigateway-minimum-compression-size"),
    }
    api = gateway._import_rest_api(spec, base)
    return _answer(gateway, api, 201)


def _overwritten(gateway: Any, api: str, spec: dict[str, Any]) -> _Answer:
    """Replaces every resource, as mode=overwrite does; the API keeps its id."""
    root = next(one for one in gateway._resources[api].values() if one["path"] == "/")
    root["resourceMethods"] = {}
    gateway._resources[api] = {root["id"]: root}
    gateway._authorizers_v1[api] = {}
    gateway._rest_apis[api]["binaryMediaTypes"] = spec.get("x-amazon-apigateway-binary-media-types", [])
    schemes = gateway._import_security_schemes(api, spec)
    for path, item in (spec.get("paths") or {}).items():
        gateway._import_path_item(api, path, item, schemes, spec.get("security"))
    return _answer(gateway, api, 200)


def _answer(gateway: Any, api: str, status: int) -> _Answer:
    answer: _Answer = gateway._v1_response(gateway._rest_api_view(gateway._rest_apis[api]), status)
    return answer


def _first(query: dict[str, Any], name: str) -> str:
    value = query.get(name, "")
    return str(value[0] if isinstance(value, list) else value)
