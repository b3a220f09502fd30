"""Every trigger of Huiliu, in the order of the ring: what comes in and is asked over HTTP, then what streams and queues set going."""

import os
from typing import Any, Final

from chalice.app import Chalice, CloudWatchEvent, DynamoDBEvent, SQSEvent

from chalicelib.gateway import mount
from chalicelib.routes import ROUTES

# All are known when a stage is packaged; what stands in lets this module be imported anywhere.
EVENTS_STREAM: Final = os.environ.get("HUILIU_EVENTS_STREAM_ARN", "arn:aws:dynamodb:us-east-1:000000000000:table/huiliu-events/stream/none")
PEOPLE_STREAM: Final = os.environ.get("HUILIU_PEOPLE_STREAM_ARN", "arn:aws:dynamodb:us-east-1:000000000000:table/huiliu-people/stream/none")
MESSAGES_STREAM: Final = os.environ.get(
    "HUILIU_MESSAGES_STREAM_ARN", "arn:aws:dynamodb:us-east-1:000000000000:table/huiliu-messages/stream/none"
)
RUNS_STREAM: Final = os.environ.get("HUILIU_RUNS_STREAM_ARN", "arn:aws:dynamodb:us-east-1:000000000000:table/huiliu-runs/stream/none")
PREFIX: Final = os.environ.get("HUILIU_PREFIX", "huiliu-local")

app = Chalice(app_name="huiliu")

# ---- HTTP: one lambda for all routes ----

mount(app, ROUTES)

# ---- streams and queues: a lambda each; their imports stand inside, so that each pays only for its own ----


@app.on_dynamodb_record(stream_arn=EVENTS_STREAM, batch_size=100, starting_position="TRIM_HORIZON")
def merge(event: DynamoDBEvent) -> dict[str, Any]:
    """Events become people: identifiers are linked, and each event is folded into its person."""
    from chalicelib.entrypoints.merge import merge as handle

    return handle(event.to_dict(), event.context)


@app.on_dynamodb_record(stream_arn=EVENTS_STREAM, batch_size=500, starting_position="TRIM_HORIZON", maximum_batching_window_in_seconds=10)
def archive(event: DynamoDBEvent) -> dict[str, Any]:
    """Events go to the lake."""
    from chalicelib.entrypoints.archive import archive as handle

    return handle(event.to_dict(), event.context)


@app.on_sqs_message(queue=f"{PREFIX}-imports", batch_size=1)
def import_files(event: SQSEvent) -> dict[str, Any]:
    """Uploaded files become events, row by row."""
    from chalicelib.entrypoints.import_files import import_files as handle

    return handle(event.to_dict(), event.context)


@app.on_dynamodb_record(stream_arn=PEOPLE_STREAM, batch_size=100, starting_position="TRIM_HORIZON")
def score(event: DynamoDBEvent) -> dict[str, Any]:
    """People who changed are judged by the rules; what follows from a change of their standing is done."""
    from chalicelib.entrypoints.score import score as handle

    return handle(event.to_dict(), event.context)


@app.on_sqs_message(queue=f"{PREFIX}-rechecks", batch_size=10)
def recheck(event: SQSEvent) -> dict[str, Any]:
    """Time has passed: people whose timer has gone off are judged again."""
    from chalicelib.entrypoints.recheck import recheck as handle

    return handle(event.to_dict(), event.context)


@app.on_sqs_message(queue=f"{PREFIX}-passes", batch_size=1)
def pass_people(event: SQSEvent) -> dict[str, Any]:
    """Rules were published: everybody is brought up to them and judged, part by part."""
    from chalicelib.entrypoints.pass_people import pass_people as handle

    return handle(event.to_dict(), event.context)


@app.lambda_function(name="recheck_cohort")
def recheck_cohort(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Who falls due in a minute goes to the queue; called by the state machine `recheck-timer`."""
    from chalicelib.entrypoints.recheck_cohort import recheck_cohort as handle

    return handle(event, context)


@app.on_sqs_message(queue=f"{PREFIX}-fans", batch_size=10)
def read_fans(event: SQSEvent) -> dict[str, Any]:
    """What WeChat knows of fans is read: of those who came, and page by page of all."""
    from chalicelib.entrypoints.read_fans import read_fans as handle

    return handle(event.to_dict(), event.context)


@app.on_sqs_message(queue=f"{PREFIX}-tagging", batch_size=100, maximum_batching_window_in_seconds=2)
def tag_fans(event: SQSEvent) -> dict[str, Any]:
    """People who came into or left a segment get or lose its tag in WeChat."""
    from chalicelib.entrypoints.tag_fans import tag_fans as handle

    return handle(event.to_dict(), event.context)


@app.on_sqs_message(queue=f"{PREFIX}-menus", batch_size=1)
def apply_menus(event: SQSEvent) -> dict[str, Any]:
    """An account's menus in WeChat are made what the definition in force says."""
    from chalicelib.entrypoints.apply_menus import apply_menus as handle

    return handle(event.to_dict(), event.context)


@app.on_sqs_message(queue=f"{PREFIX}-replies", batch_size=1)
def send_replies(event: SQSEvent) -> dict[str, Any]:
    """Replies that are no answers to a push go out as messages, each once."""
    from chalicelib.entrypoints.send_replies import send_replies as handle

    return handle(event.to_dict(), event.context)


# ---- journeys: steps follow from what people do (merge) and from time ----


@app.on_dynamodb_record(stream_arn=RUNS_STREAM, batch_size=100, starting_position="TRIM_HORIZON")
def perform(event: DynamoDBEvent) -> dict[str, Any]:
    """What steps of journeys have decided is done: messages, tags, attributes, timers."""
    from chalicelib.entrypoints.perform import perform as handle

    return handle(event.to_dict(), event.context)


@app.on_sqs_message(queue=f"{PREFIX}-journey-dues", batch_size=50, maximum_batching_window_in_seconds=1)
def move_on(event: SQSEvent) -> dict[str, Any]:
    """People on journeys whose time has come move on."""
    from chalicelib.entrypoints.move_on import move_on as handle

    return handle(event.to_dict(), event.context)


@app.on_sqs_message(queue=f"{PREFIX}-journey-work", batch_size=1)
def journey_work(event: SQSEvent) -> dict[str, Any]:
    """Whole lists enter journeys, and whole journeys are stopped, moved or tried again, part by part."""
    from chalicelib.entrypoints.journey_work import journey_work as handle

    return handle(event.to_dict(), event.context)


@app.lambda_function(name="journey_cohort")
def journey_cohort(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """People on journeys who fall due in a minute go to the queue; called by the state machine `journey-timer`."""
    from chalicelib.entrypoints.journey_cohort import journey_cohort as handle

    return handle(event, context)


# ---- messages: from the decision to the last receipt ----


@app.on_dynamodb_record(stream_arn=MESSAGES_STREAM, batch_size=100, starting_position="TRIM_HORIZON")
def dispatch(event: DynamoDBEvent) -> dict[str, Any]:
    """Messages take their next step: they are decided, queued, told of, tried another way."""
    from chalicelib.entrypoints.dispatch import dispatch as handle

    return handle(event.to_dict(), event.context)


@app.on_sqs_message(queue=f"{PREFIX}-followups", batch_size=10)
def follow_up(event: SQSEvent) -> dict[str, Any]:
    """Receipts, clicks and answers: what comes back of messages."""
    from chalicelib.entrypoints.follow_up import follow_up as handle

    return handle(event.to_dict(), event.context)


@app.on_sqs_message(queue=f"{PREFIX}-dues", batch_size=50, maximum_batching_window_in_seconds=1)
def take_up(event: SQSEvent) -> dict[str, Any]:
    """Messages whose time has come are decided again, or looked for at their provider."""
    from chalicelib.entrypoints.take_up import take_up as handle

    return handle(event.to_dict(), event.context)


@app.on_sqs_message(queue=f"{PREFIX}-broadcasts", batch_size=1)
def fan_out(event: SQSEvent) -> dict[str, Any]:
    """Everybody in a part of a broadcast's segment gets a message."""
    from chalicelib.entrypoints.fan_out import fan_out as handle

    return handle(event.to_dict(), event.context)


@app.lambda_function(name="message_cohort")
def message_cohort(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Messages that fall due in a minute go to the queue; called by the state machine `message-timer`."""
    from chalicelib.entrypoints.message_cohort import message_cohort as handle

    return handle(event, context)


@app.on_sqs_message(queue=f"{PREFIX}-send-template", batch_size=10)
def send_template(event: SQSEvent) -> dict[str, Any]:
    """Template messages go out."""
    from chalicelib.entrypoints.send import send

    return send("template", event.to_dict(), event.context)


@app.on_sqs_message(queue=f"{PREFIX}-send-subscribe", batch_size=10)
def send_subscribe(event: SQSEvent) -> dict[str, Any]:
    """Messages that fans have allowed go out."""
    from chalicelib.entrypoints.send import send

    return send("subscribe", event.to_dict(), event.context)


@app.on_sqs_message(queue=f"{PREFIX}-send-customer-service", batch_size=10)
def send_customer_service(event: SQSEvent) -> dict[str, Any]:
    """Messages to fans who were in contact go out."""
    from chalicelib.entrypoints.send import send

    return send("customer_service", event.to_dict(), event.context)


@app.on_sqs_message(queue=f"{PREFIX}-send-mass", batch_size=1000, maximum_batching_window_in_seconds=20)
def send_mass(event: SQSEvent) -> dict[str, Any]:
    """Mass messages go out, many in one call."""
    from chalicelib.entrypoints.send import send

    return send("mass", event.to_dict(), event.context)


@app.on_sqs_message(queue=f"{PREFIX}-send-sms", batch_size=10)
def send_sms(event: SQSEvent) -> dict[str, Any]:
    """SMS go out."""
    from chalicelib.entrypoints.send import send

    return send("sms", event.to_dict(), event.context)


@app.on_sqs_message(queue=f"{PREFIX}-send-push", batch_size=10)
def send_push(event: SQSEvent) -> dict[str, Any]:
    """Notices of apps go out."""
    from chalicelib.entrypoints.send import send

    return send("push", event.to_dict(), event.context)


@app.on_sqs_message(queue=f"{PREFIX}-send-webhook", batch_size=10)
def send_webhook(event: SQSEvent) -> dict[str, Any]:
    """Others' servers are told."""
    from chalicelib.entrypoints.send import send

    return send("webhook", event.to_dict(), event.context)


@app.on_sqs_message(queue=f"{PREFIX}-send-popup", batch_size=10)
def send_popup(event: SQSEvent) -> dict[str, Any]:
    """Popups are laid into the inbox."""
    from chalicelib.entrypoints.send import send

    return send("popup", event.to_dict(), event.context)


# ---- the clock ----


@app.schedule("rate(1 hour)", description="Starts what each WeChat account needs once a day")
def upkeep(event: CloudWatchEvent) -> dict[str, Any]:
    """Once a day per account, fans and tags are compared with WeChat's own lists."""
    from chalicelib.entrypoints.upkeep import upkeep as handle

    return handle(event.to_dict(), event.context)
