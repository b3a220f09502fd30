"""The uploads bucket and the imports queue: signed addresses, reads by range, messages to ourselves."""

import json
import os
from functools import cache
from typing import Any, Final

from chalicelib.imports.feed import Format
from chalicelib.imports.lines import Unreadable
from chalicelib.imports.model import UPLOAD_SECONDS, StoredFile
from chalicelib.settings import settings

CONTENT_TYPES: Final = {Format.CSV: "text/csv", Format.JSONL: "application/x-ndjson"}
_GONE: Final = frozenset({"NoSuchKey", "404", "NotFound"})
_CHANGED: Final = frozenset({"PreconditionFailed", "412"})


def upload_address(key: str, form: Format) -> tuple[str, dict[str, str]]:
    """Where a file can be put for an hour, and the headers that have to be sent with it (they are part of the signature)."""
    headers = {"content-type": CONTENT_TYPES[form]}
    params = {"Bucket": settings().uploads_bucket, "Key": key, "ContentType": headers["content-type"]}
    return str(_s3_client().generate_presigned_url("put_object", Params=params, ExpiresIn=UPLOAD_SECONDS)), headers


def hand_on(job_id: str) -> None:
    """Sends the imports queue a message that the import goes on."""
    _sqs_client().send_message(QueueUrl=settings().imports_queue_url, MessageBody=json.dumps({"import": job_id}))


class UploadedFiles:
    """The files in the uploads bucket, as a run needs them."""

    def stat(self, key: str) -> StoredFile | None:
        """The file's size, tag and time of upload; None when there is none."""
        from botocore.exceptions import ClientError

        try:
            found = _s3_client().head_object(Bucket=settings().uploads_bucket, Key=key)
        except ClientError as error:
            if _code(error) in _GONE:
                return None
            raise
        return StoredFile(int(found["ContentLength"]), str(found["ETag"]), int(found["LastModified"].timestamp() * 1000))

    def read(self, key: str, etag: str, start: int, length: int) -> bytes:
        """Bytes from `start` on, at most `length`. Raises Unreadable (`file_missing`, `file_changed`) when it is not that file any more."""
        from botocore.exceptions import ClientError

        span = f"bytes={start}-{start + length - 1}"
        try:
            found = _s3_client().get_object(Bucket=settings().uploads_bucket, Key=key, Range=span, IfMatch=etag)
            return bytes(found["Body"].read())
        except ClientError as error:
            if _code(error) in _GONE:
                raise Unreadable("file_missing", "the uploaded file is gone; create another import") from error
            if _code(error) in _CHANGED:
                raise Unreadable("file_changed", "the file was uploaded again while it was read; create an import for each file") from error
            raise


def _code(error: Any) -> str:
    return str(error.response["Error"]["Code"])


@cache
def _s3_client() -> Any:
    import boto3
    from botocore.config import Config

    # Another endpoint than Amazon's (the local stack) does not know buckets by host name.
    style = "path" if os.environ.get("AWS_ENDPOINT_URL") else "virtual"
    return boto3.client("s3", config=Config(signature_version="s3v4", s3={"addressing_style": style}))


@cache
def _sqs_client() -> Any:
    import boto3

    return boto3.client("sqs")
