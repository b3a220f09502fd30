"""Calls of DynamoDB and SQS that go straight into moto: no request is written, signed and read, and no answer either.

That is nine tenths of what a call costs on moto, and the calls are most of what integration tests do. Moto's own handlers decide as
ever; requests are checked by botocore as ever; refusals are read by botocore as ever. Whatever is not listed in `_SHORT` goes the long
way, and `tests/integration/test_short_way.py` holds the two ways against each other.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from threading import Lock
from typing import Any, Final
from unittest.mock import patch

from botocore import xform_name
from botocore.awsrequest import HeadersDict
from botocore.client import BaseClient
from botocore.model import OperationModel
from botocore.parsers import create_parser
from moto.core.exceptions import ServiceException
from moto.core.models import botocore_stubber
from moto.core.responses import ActionResult, BaseResponse
from moto.dynamodb.models.table import StreamRecord
from moto.dynamodb.responses import DynamoHandler
from moto.sqs.responses import SQSResponse
from werkzeug.exceptions import HTTPException

from tests.support.environment import PLACE

_ITEMS: Final = ("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchGetItem", "BatchWriteItem", "TransactWriteItems")
_MESSAGES: Final = ("SendMessage", "SendMessageBatch", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueUrl")
_SHORT: Final = {"dynamodb": (DynamoHandler, frozenset(_ITEMS)), "sqs": (SQSResponse, frozenset(_MESSAGES))}
_LONG_WAY: Final = BaseClient._make_api_call
_REFUSED: Final = 400
_ONE_BY_ONE: Final = Lock()  # moto puts an item down before it is filled in, and checks conditions apart from writing: threads would see it

Request = Mapping[str, Any]


@contextmanager
def short_way() -> Iterator[None]:
    """Every boto3 client of the process takes the short way, as long as moto answers."""
    # A transaction of moto copies the tables that it touches, for the case that it is refused. What a stream has told never changes: it
    # need not be copied with them, and a test's streams only grow.
    with patch.object(BaseClient, "_make_api_call", _call), patch.object(StreamRecord, "__deepcopy__", _itself, create=True):
        yield


def _itself(record: StreamRecord, _: Any) -> StreamRecord:
    return record


def _call(client: BaseClient, operation: str, request: Request) -> Any:
    service = client.meta.service_model.service_name
    handler_type, short = _SHORT.get(service, (None, frozenset()))
    if handler_type is None or operation not in short or not botocore_stubber.enabled or not _is_amazons(client, service):
        return _LONG_WAY(client, operation, request)
    model = client.meta.service_model.operation_model(operation)
    _check(client, model, request)
    handler = _handler(handler_type(), client, model, request)
    try:
        with _ONE_BY_ONE:
            result = getattr(handler, xform_name(operation))()
    except (ServiceException, HTTPException) as refusal:
        raise _refusal(client, model, handler, refusal) from None
    found: Mapping[str, Any] = result.result or {}
    shown = {name: found[name] for name in model.output_shape.members if found.get(name) is not None} if model.output_shape else {}
    return {**shown, "ResponseMetadata": {"HTTPStatusCode": 200, "HTTPHeaders": {}, "RetryAttempts": 0}}


def _is_amazons(client: BaseClient, service: str) -> bool:
    """Local servers that play a part of a test are asked over the network."""
    return bool(client.meta.endpoint_url == f"https://{service}.{PLACE.region}.amazonaws.com")


def _check(client: BaseClient, model: OperationModel, request: Request) -> None:
    """What botocore does not let out is not let in here; clients made without its checks (PynamoDB's) have none here either."""
    serializer = client._serializer
    if hasattr(serializer, "_param_validator"):
        report = serializer._param_validator.validate(request, model.input_shape)
        if report.has_errors():
            serializer.serialize_to_request(request, model)  # raises, with its own words


def _handler(handler: BaseResponse, client: BaseClient, model: OperationModel, request: Request) -> BaseResponse:
    """A handler as moto has it once it has read a request. Moto keeps what it is given: it gets a copy."""
    handler.region, handler.partition, handler.current_account = PLACE.region, "aws", PLACE.account
    handler.uri, handler.path, handler.uri_match = f"{client.meta.endpoint_url}/", "/", {}
    handler.params = handler.body = deepcopy(dict(request))
    metadata = client.meta.service_model.metadata
    handler.querystring, handler.response_headers = {}, {}
    handler.headers = {
        "X-Amz-Target": f"{metadata['targetPrefix']}.{model.name}",
        "Content-Type": f"application/x-amz-json-{metadata['jsonVersion']}",
    }
    return handler


def _refusal(client: BaseClient, model: OperationModel, handler: BaseResponse, refusal: ServiceException | HTTPException) -> Exception:
    """What botocore makes of moto's answer."""
    if isinstance(refusal, HTTPException):
        status, headers, body = refusal.code or _REFUSED, dict(refusal.get_headers()), str(refusal.description)
    else:
        status, headers, said = handler.serialized(ActionResult(refusal))
        body = said if isinstance(said, str) else said.decode()
    answer = {"status_code": int(status), "headers": HeadersDict(headers), "body": body.encode()}
    parser = create_parser(client.meta.service_model.resolved_protocol)
    told = parser.parse(answer, model.output_shape)
    client._endpoint._add_modeled_error_fields(answer, told, model, parser)
    error = told["Error"]
    code = error.get("QueryErrorCode") if model.service_model.service_name == "sqs" else None  # which is how botocore names SQS's classes
    made: Exception = client.exceptions.from_code(code or error["Code"])(told, model.name)
    return made
