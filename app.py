"""Every trigger of Huiliu, in the order of the ring: what comes in and is asked over HTTP, then what streams and queues set going."""

import os
from functools import partial
from typing import Any, Final

from chalice.app import Chalice, DynamoDBEvent, SQSEvent

from chalicelib.audiences.kinds import RuleKind
from chalicelib.definitions.kinds import SOURCES, SourceDocument
from chalicelib.entrypoints import (
    backfills,
    definitions,
    explain,
    health,
    imports,
    items,
    keys,
    native,
    people,
    rejections,
    rules,
    segment,
    sensors,
    tags,
    wechat,
)
from chalicelib.entrypoints import segments as audience
from chalicelib.events.native import NativeAnswer, NativeBatch
from chalicelib.gateway import mount
from chalicelib.http import PAGE, Access, Cors, Query, Route, section
from chalicelib.identity.rules import KIND as IDENTITY_RULES
from chalicelib.identity.rules import IdentityRules
from chalicelib.imports.contract import ImportCreated, ImportRequest, ImportStatus, RefusedRows
from chalicelib.wechat.accounts import KIND as ACCOUNTS
from chalicelib.wechat.accounts import AccountDocument

# All are known when a stage is packaged; what stands in lets this module be imported anywhere.
EVENTS_STREAM: Final = os.environ.get("HUILIU_EVENTS_STREAM_ARN", "arn:aws:dynamodb:us-east-1:000000000000:table/huiliu-events/stream/none")
PEOPLE_STREAM: Final = os.environ.get("HUILIU_PEOPLE_STREAM_ARN", "arn:aws:dynamodb:us-east-1:000000000000:table/huiliu-people/stream/none")
PREFIX: Final = os.environ.get("HUILIU_PREFIX", "huiliu-local")

PERSON: Final = "/v1/people/{namespace}/{value}"
SEGMENT: Final = "/v1/segments/{name}"

app = Chalice(app_name="huiliu")

# ---- HTTP: one lambda for all routes ----

public, ingest = partial(Route, access=Access.PUBLIC), partial(Route, access=Access.INGEST)
read, write, admin = (partial(Route, access=access) for access in (Access.READ, Access.WRITE, Access.ADMIN))
# Their clients loop or lose data on most answers but 200, so the handlers look for the key, and at the size, themselves.
collector = partial(
    public,
    cors=Cors.CREDENTIALS,
    max_body=None,
    consumes=("application/x-www-form-urlencoded", "text/plain"),
    query=(
        Query("project", "Credits records without a key to the source that lists this project."),
        Query("token", "The write key of a source."),
        Query("data", "One record, base64 of JSON or of gzipped JSON; also as a field of the form."),
        Query("data_list", "Many records, alike."),
    ),
)
segments = partial(public, consumes=("application/json", "text/plain"))
# The body is measured by what reads it, so that all refusals of a push are alike.
wechats = partial(
    public,
    max_body=None,
    consumes=("text/xml", "application/json"),
    produces="text/plain",
    refuses_in="text/plain",
    query=(
        Query("signature", "Of token, timestamp and nonce."),
        Query("timestamp", "Seconds since 1970; minutes later the request is a replay."),
        Query("nonce", "Chance."),
    ),
)

ROUTES: Final = health.with_documentation([
    *section(
        "Ingest",
        ingest("POST", "/v1/events", native.post_events, "Send events", body=NativeBatch, answer=NativeAnswer, status=202),
    ),
    *section(
        "Sensors Analytics SDKs",
        collector("POST", "/sa", sensors.collect, "Records from servers, apps and mini programs", produces="text/plain"),
        collector("GET", "/sa", sensors.collect, "Records in the query", produces="text/plain"),
        collector("POST", "/sa.gif", sensors.collect, "Records from browsers", produces="text/plain"),
        collector("GET", "/sa.gif", sensors.collect_image, "Records from browsers in the query of an image", produces="image/gif"),
        collector("POST", "/debug", sensors.debug, "What is wrong with records", refuses_in="text/plain"),
        collector("GET", "/debug", sensors.debug, "What is wrong with records from browsers"),
        collector("GET", "/config/visualized/Web.conf", sensors.visual_tracking, "No visual tracking", produces="application/javascript"),
    ),
    *section(
        "Segment and RudderStack SDKs",
        segments("POST", "/v1/batch", segment.post_batch, "Many messages"),
        segments("POST", "/v1/import", segment.post_batch, "Many messages of the past"),
        segments("POST", "/v1/track", segment.post_call, "Something happened"),
        segments("POST", "/v1/identify", segment.post_call, "Who somebody is"),
        segments("POST", "/v1/page", segment.post_call, "A page was seen"),
        segments("POST", "/v1/screen", segment.post_call, "A screen was seen"),
        segments("POST", "/v1/group", segment.post_call, "Somebody belongs to a group"),
        segments("POST", "/v1/alias", segment.post_call, "Two identifiers are one person"),
    ),
    *section(
        "WeChat",
        wechats("GET", "/wechat/{appid}", wechat.check_address, "The check of an account's address"),
        wechats("POST", "/wechat/{appid}", wechat.receive, "What WeChat pushes"),
    ),
    *section(
        "Imports",
        write("POST", "/v1/imports", imports.post_import, "Announce a file", body=ImportRequest, answer=ImportCreated, status=201),
        write("GET", "/v1/imports/{id}", imports.get_import, "Rows kept and refused so far", answer=ImportStatus),
        write("GET", "/v1/imports/{id}/rejections", imports.get_import_rejections, "Its refused rows", answer=RefusedRows, query=PAGE),
    ),
    *section(
        "Rejections",
        read("GET", "/v1/rejections", rejections.list_rejections, "Refused", answer=rejections.RejectionList, query=rejections.FILTERS),
        read("GET", "/v1/rejections/{id}", rejections.get_rejection, "One with what was sent", answer=rejections.RejectionWhole),
        write(
            *("POST", "/v1/rejections/{id}/replay", rejections.replay_rejection, "Read it again"),
            body=rejections.ReplayWanted, body_optional=True, answer=rejections.Replayed,
        ),
    ),
    *section(
        "Items",
        read("GET", "/v1/items/{type}/{id}", items.get_item, "An item of the catalogue", answer=items.ItemShown),
    ),
    *section(
        "People",
        read("GET", PERSON, people.get_person, "The person behind an identifier", answer=people.PersonShown),
        read("GET", f"{PERSON}/timeline", people.get_timeline, "All events", answer=people.TimelineShown, query=people.TIMELINE_QUERY),
        read("GET", f"{PERSON}/identity", people.get_identity, "Why it is one person", answer=people.IdentityShown),
        write("POST", f"{PERSON}/unbind", people.post_unbind, "Let go", body=people.Unbinding, answer=people.Unbound, status=202),
        write("POST", f"{PERSON}/tags", tags.post_tags, "Tag by hand", body=tags.Tagging, answer=tags.Tagged, status=202),
        read("GET", f"{PERSON}/explain", explain.get_explanation, "Why", answer=explain.Explained, query=explain.EXPLAIN_QUERY),
    ),
    *section("Scores", *rules.routes_of(RuleKind.SCORES)),
    *section("Tags", *rules.routes_of(RuleKind.TAGS)),
    *section(
        "Segments",
        *rules.routes_of(RuleKind.SEGMENTS),
        read("GET", f"{SEGMENT}/people", audience.get_people, "Who is in it", answer=audience.MemberList, query=PAGE),
        read("GET", f"{SEGMENT}/count", audience.get_count, "How many are in it", answer=audience.SegmentCount),
        read("GET", f"{SEGMENT}/counts", audience.get_counts, "How many were", answer=audience.SegmentCounts, query=audience.COUNTS_QUERY),
        read(
            *("POST", "/v1/segments/preview", audience.post_preview, "Who would be in it"),
            body=audience.PreviewWanted, answer=audience.PreviewShown,
        ),
    ),
    *section("Life cycle", *rules.routes_of(RuleKind.LIFECYCLE)),
    *section("Derived attributes", *rules.routes_of(RuleKind.DERIVED)),
    *section("Backfills", *map(backfills.route_of, RuleKind)),
    *section("Identity rules", *definitions.routes_of(IDENTITY_RULES, IdentityRules)),
    *section("Sources", *definitions.routes_of(SOURCES, SourceDocument)),
    *section("WeChat accounts", *definitions.routes_of(ACCOUNTS, AccountDocument)),
    *section(
        "Keys",
        admin("POST", "/v1/keys", keys.create_key, "Make a key", body=keys.KeyWanted, answer=keys.KeyMade, status=201),
        admin("GET", "/v1/keys", keys.list_keys, "The keys", answer=keys.KeyList, query=PAGE),
        admin("POST", "/v1/keys/{id}/rotate", keys.rotate_key, "Replace a key", body=keys.Rotation, answer=keys.KeyMade, status=201),
        admin("DELETE", "/v1/keys/{id}", keys.revoke_key, "End a key", answer=keys.KeyShown),
    ),
])  # fmt: skip
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
