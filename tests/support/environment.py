"""The names and settings that tests run under, all in one place."""

from typing import Final

from chalicelib.settings import SENDING
from infra.template import Place

PLACE: Final = Place(prefix="huiliu-test", account="123456789012", region="us-east-1")  # moto's account

_TABLES: Final = f"arn:aws:dynamodb:{PLACE.region}:{PLACE.account}:table"
_QUEUES: Final = f"https://sqs.{PLACE.region}.amazonaws.com/{PLACE.account}"

TEST_ENVIRONMENT: Final = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_DEFAULT_REGION": PLACE.region,
    "AWS_REGION": PLACE.region,
    # Without this, botocore asks an account's own streams host, which moto does not know.
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_XRAY_SDK_ENABLED": "false",
    "POWERTOOLS_TRACE_DISABLED": "true",
    "POWERTOOLS_METRICS_NAMESPACE": "Huiliu",
    "POWERTOOLS_SERVICE_NAME": "test",
    "HUILIU_STAGE": "test",
    "HUILIU_PREFIX": PLACE.prefix,
    "HUILIU_LAKE_BUCKET": f"{PLACE.prefix}-lake-{PLACE.account}",
    "HUILIU_UPLOADS_BUCKET": f"{PLACE.prefix}-uploads-{PLACE.account}",
    "HUILIU_DEAD_LETTERS_URL": f"{_QUEUES}/{PLACE.prefix}-dead-letters",
    "HUILIU_IMPORTS_QUEUE_URL": f"{_QUEUES}/{PLACE.prefix}-imports",
    "HUILIU_RECHECKS_QUEUE_URL": f"{_QUEUES}/{PLACE.prefix}-rechecks",
    "HUILIU_PASSES_QUEUE_URL": f"{_QUEUES}/{PLACE.prefix}-passes",
    "HUILIU_FANS_QUEUE_URL": f"{_QUEUES}/{PLACE.prefix}-fans",
    "HUILIU_TAGGING_QUEUE_URL": f"{_QUEUES}/{PLACE.prefix}-tagging",
    "HUILIU_MENUS_QUEUE_URL": f"{_QUEUES}/{PLACE.prefix}-menus",
    "HUILIU_REPLIES_QUEUE_URL": f"{_QUEUES}/{PLACE.prefix}-replies",
    "HUILIU_FOLLOWUPS_QUEUE_URL": f"{_QUEUES}/{PLACE.prefix}-followups",
    "HUILIU_DUES_QUEUE_URL": f"{_QUEUES}/{PLACE.prefix}-dues",
    "HUILIU_BROADCASTS_QUEUE_URL": f"{_QUEUES}/{PLACE.prefix}-broadcasts",
    "HUILIU_JOURNEY_DUES_QUEUE_URL": f"{_QUEUES}/{PLACE.prefix}-journey-dues",
    "HUILIU_JOURNEY_WORK_QUEUE_URL": f"{_QUEUES}/{PLACE.prefix}-journey-work",
    **{f"HUILIU_SEND_{one.upper()}_QUEUE_URL": f"{_QUEUES}/{PLACE.prefix}-send-{one.replace('_', '-')}" for one in SENDING},
    "HUILIU_PUBLIC_URL": "https://api.example.com",
    "HUILIU_WECHAT_API_URL": "http://wechat.invalid",
    "HUILIU_WECHAT_MP_URL": "https://mp.wechat.invalid",
    "HUILIU_WECHAT_OPEN_URL": "https://open.wechat.invalid",
    "HUILIU_RECHECK_TIMER_ARN": f"arn:aws:states:{PLACE.region}:{PLACE.account}:stateMachine:{PLACE.prefix}-recheck-timer",
    "HUILIU_MESSAGE_TIMER_ARN": f"arn:aws:states:{PLACE.region}:{PLACE.account}:stateMachine:{PLACE.prefix}-message-timer",
    "HUILIU_JOURNEY_TIMER_ARN": f"arn:aws:states:{PLACE.region}:{PLACE.account}:stateMachine:{PLACE.prefix}-journey-timer",
    "HUILIU_EVENTS_STREAM_ARN": f"{_TABLES}/{PLACE.prefix}-events/stream/2026-01-01T00:00:00.000",
    "HUILIU_PEOPLE_STREAM_ARN": f"{_TABLES}/{PLACE.prefix}-people/stream/2026-01-01T00:00:00.000",
    "HUILIU_MESSAGES_STREAM_ARN": f"{_TABLES}/{PLACE.prefix}-messages/stream/2026-01-01T00:00:00.000",
    "HUILIU_RUNS_STREAM_ARN": f"{_TABLES}/{PLACE.prefix}-runs/stream/2026-01-01T00:00:00.000",
    "HUILIU_TIME_SCALE": "1",
}

UNWANTED: Final = ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_LAMBDA_FUNCTION_NAME")
