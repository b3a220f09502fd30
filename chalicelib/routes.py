"""Every route of the API, in the order of the ring: what comes in, who is who, what rules make of it, what is told. One lambda has all."""

from functools import partial
from typing import Final

from chalicelib.audiences.kinds import PUBLIC_KINDS, RuleKind
from chalicelib.entrypoints import health, journey_routes
from chalicelib.entrypoints.definition_routes import backfill_of, routes_of, rules_of
from chalicelib.http import PAGE, Access, Cors, Query, Route, section
from chalicelib.later import later

PERSON: Final = "/v1/people/{namespace}/{value}"
SEGMENT: Final = "/v1/segments/{name}"
SYNC: Final = "/v1/accounts/{name}/sync"
BROADCASTS: Final = "/v1/broadcasts"

# What routes are made of is imported when the first request for one comes: a request waits for its own imports only.
explain, imports, items, keys, native, people = (
    later(f"chalicelib.entrypoints.{name}") for name in ("explain", "imports", "items", "keys", "native", "people")
)
rejections, segment, segments, sensors, tags, wechat = (
    later(f"chalicelib.entrypoints.{name}") for name in ("rejections", "segment", "segments", "sensors", "tags", "wechat")
)
events, files, identity_rules, kinds = (
    later(f"chalicelib.{name}") for name in ("events.native", "imports.contract", "identity.rules", "definitions.kinds")
)

minis, account_sync, account_tags, account_quota, menu_status = (
    later(f"chalicelib.entrypoints.{name}") for name in ("minis", "account_sync", "account_tags", "account_quota", "menus")
)
contact, consents, suppressions = (later(f"chalicelib.entrypoints.{name}") for name in ("contact", "consents", "suppressions"))
popups, receipts = (later(f"chalicelib.entrypoints.{name}") for name in ("popups", "receipts"))
templates, template_kind, provider_kind, contact_policies = (
    later(f"chalicelib.{name}")
    for name in ("entrypoints.templates", "messages.templates.publishing", "providers.documents", "messages.policy.documents")
)
message_routes, message_shown, template_tests, notices = (
    later(f"chalicelib.{name}")
    for name in ("entrypoints.messages", "entrypoints.messages_shown", "entrypoints.template_tests", "notices.publishing")
)
broadcasts, broadcasts_shown, reports = (later(f"chalicelib.entrypoints.{name}") for name in ("broadcasts", "broadcasts_shown", "reports"))
accounts, menus, replies, journey_kind = (later(f"chalicelib.{name}.publishing") for name in ("tagging", "menus", "replies", "journeys"))
campaigns, codes, links = (later(f"chalicelib.{name}") for name in ("campaigns.documents", "entrypoints.codes", "entrypoints.links"))

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
messages = partial(public, consumes=("application/json", "text/plain"))
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
SDK_LOGIN: Final = (Query("appid", "The mini program's.", required=True), Query("code", "From `wx.login`.", required=True))
# People open them, so refusals are pages where the client can show one.
follows = partial(public, produces="text/plain", refuses_in="text/html", status=302)

# Nearly nobody signs what they tell, so a part of the address is a secret; what the body is, only its adapter knows.
provider_calls = partial(public, consumes=("application/json",))

ROUTES: Final = health.with_documentation([
    *section(
        "Ingest",
        ingest("POST", "/v1/events", native.post_events, "Send events", body=events.NativeBatch, answer=events.NativeAnswer, status=202),
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
        messages("POST", "/v1/batch", segment.post_batch, "Many messages"),
        messages("POST", "/v1/import", segment.post_batch, "Many messages of the past"),
        messages("POST", "/v1/track", segment.post_call, "Something happened"),
        messages("POST", "/v1/identify", segment.post_call, "Who somebody is"),
        messages("POST", "/v1/page", segment.post_call, "A page was seen"),
        messages("POST", "/v1/screen", segment.post_call, "A screen was seen"),
        messages("POST", "/v1/group", segment.post_call, "Somebody belongs to a group"),
        messages("POST", "/v1/alias", segment.post_call, "Two identifiers are one person"),
    ),
    *section(
        "WeChat",
        wechats("GET", "/wechat/{appid}", wechat.check_address, "The check of an account's address"),
        wechats("POST", "/wechat/{appid}", wechat.receive, "What WeChat pushes"),
    ),
    *section(
        "Mini programs and web pages inside WeChat",
        public("GET", "/mp_login", minis.sdk_login, "The openid behind a login code, for the Sensors SDK", query=SDK_LOGIN),
        public("GET", "/{path}", minis.odd_sdk_login, "The same, as the SDK asks when its server address has no query"),
        ingest("POST", "/v1/mini/{appid}/login", minis.post_login, "Log in", body=minis.Visitor, answer=minis.LoggedIn),
        ingest("POST", "/v1/mini/{appid}/phone", minis.post_phone, "Take a phone", body=minis.PhoneWanted, answer=minis.PhoneGiven),
        ingest("POST", "/v1/oauth/{appid}", minis.post_web_login, "Log in to a page", body=minis.Visitor, answer=minis.WebLoggedIn),
    ),
    *section(
        "Fans",
        write("POST", SYNC, account_sync.post_sync, "Compare with WeChat's list", answer=account_sync.SyncShown, status=202),
        read("GET", SYNC, account_sync.get_sync, "How far that is", answer=account_sync.SyncShown),
    ),
    *section(
        "Imports",
        write(
            *("POST", "/v1/imports", imports.post_import, "Announce a file"),
            body=files.ImportRequest, answer=files.ImportCreated, status=201,
        ),
        write("GET", "/v1/imports/{id}", imports.get_import, "Rows kept and refused so far", answer=files.ImportStatus),
        write("GET", "/v1/imports/{id}/rejections", imports.get_import_rejections, "Refused rows", answer=files.RefusedRows, query=PAGE),
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
        read("GET", f"{PERSON}/explain", explain.get_explanation, "Why", answer=explain.ExplainedAny, query=explain.EXPLAIN_QUERY),
    ),
    *section("Scores", *rules_of(RuleKind.SCORES)),
    *section("Tags", *rules_of(RuleKind.TAGS)),
    *section(
        "Segments",
        *rules_of(RuleKind.SEGMENTS),
        read("GET", f"{SEGMENT}/people", segments.get_people, "Who is in it", answer=segments.MemberList, query=PAGE),
        read("GET", f"{SEGMENT}/count", segments.get_count, "How many are in it", answer=segments.SegmentCount),
        read("GET", f"{SEGMENT}/counts", segments.get_counts, "How many were", answer=segments.SegmentCounts, query=segments.COUNTS_QUERY),
        read(
            *("POST", "/v1/segments/preview", segments.post_preview, "Who would be in it"),
            body=segments.PreviewWanted, answer=segments.PreviewShown,
        ),
    ),
    *section("Life cycle", *rules_of(RuleKind.LIFECYCLE)),
    *section("Derived attributes", *rules_of(RuleKind.DERIVED)),
    *section("Backfills", *map(backfill_of, PUBLIC_KINDS)),
    *section("Identity rules", *routes_of("identity-rules", identity_rules.IdentityRules)),
    *section("Sources", *routes_of("sources", kinds.SourceDocument)),
    *section(
        "WeChat accounts",
        *routes_of("accounts", accounts.AccountDocument),
        read("GET", "/v1/accounts/{name}/tags", account_tags.get_account_tags, "Tags of its fans", answer=account_tags.AccountTagsShown),
        read("GET", "/v1/accounts/{name}/quota", account_quota.get_quota, "What it may still send", answer=account_quota.QuotaShown),
    ),
    *section(
        "Menus",
        *routes_of("menus", menus.MenuDocument),
        read("GET", "/v1/menus/{name}/status", menu_status.get_menu_status, "Whether fans see them", answer=menu_status.MenuStatus),
    ),
    *section("Campaigns", *routes_of("campaigns", campaigns.CampaignDocument)),
    *section("Replies", *routes_of("replies", replies.ReplyDocument)),
    *section(
        "Templates",
        *routes_of("templates", template_kind.TemplateDocument),
        read(
            *("POST", "/v1/templates/{name}/preview", templates.post_preview, "What it would say"),
            body=templates.TemplatePreviewWanted, answer=templates.TemplatePreview,
        ),
        write(
            *("POST", "/v1/templates/{name}/test", template_tests.post_test, "Send it to yourself"),
            body=template_tests.TemplateTestWanted, answer=template_tests.TemplateTests, status=202,
        ),
        read(
            *("GET", "/v1/templates/{name}/report", reports.get_template_report, "What became of its messages"),
            answer=reports.TemplateReport, query=reports.REPORT_QUERY,
        ),
    ),
    *section(
        "Messages",
        write(
            *("POST", "/v1/messages", message_routes.post_message, "Tell somebody"),
            body=message_routes.MessageWanted, answer=message_routes.MessageAccepted, status=202,
        ),
        read("GET", "/v1/messages/{id}", message_routes.get_message, "What became of it", answer=message_shown.MessageShown),
    ),
    *section(
        "Broadcasts",
        write(
            *("POST", BROADCASTS, broadcasts.post_broadcast, "Tell everybody in a segment"),
            body=broadcasts.BroadcastWanted, answer=broadcasts_shown.BroadcastShown, status=201,
        ),
        read("GET", BROADCASTS, broadcasts.list_broadcasts, "Broadcasts", answer=broadcasts_shown.BroadcastList, query=PAGE),
        read(
            *("POST", f"{BROADCASTS}/preview", broadcasts.post_preview, "Whom one would reach"),
            body=broadcasts.BroadcastPreviewWanted, answer=broadcasts_shown.BroadcastPreview,
        ),
        read("GET", f"{BROADCASTS}/{{id}}", broadcasts.get_broadcast, "How it goes", answer=broadcasts_shown.BroadcastStatus),
        write("POST", f"{BROADCASTS}/{{id}}/pause", broadcasts.post_pause, "Hold it", answer=broadcasts_shown.BroadcastShown),
        write("POST", f"{BROADCASTS}/{{id}}/resume", broadcasts.post_resume, "Go on", answer=broadcasts_shown.BroadcastShown),
        write("POST", f"{BROADCASTS}/{{id}}/cancel", broadcasts.post_cancel, "End it", answer=broadcasts_shown.BroadcastShown),
    ),
    *section("Notices", *routes_of("notices", notices.NoticeDocument)),
    *section("Journeys", *routes_of("journeys", journey_kind.JourneyDocument), *journey_routes.OPERATING, *journey_routes.READING),
    *section(
        "Popups",
        ingest("GET", "/v1/popups", popups.get_popups, "What waits for a person", answer=popups.PopupList, query=popups.POPUPS_QUERY),
        *(
            ingest("POST", f"/v1/popups/{{id}}/{deed}", told, what, body=popups.PopupTold, answer=popups.PopupNoted, status=202)
            for deed, told, what in (
                ("shown", popups.post_shown, "It is on the screen"),
                ("clicked", popups.post_clicked, "Its button was tapped"),
                ("closed", popups.post_closed, "It was closed"),
            )
        ),
    ),
    *section(
        "Provider callbacks",
        provider_calls("POST", "/v1/receipts/{account}/{secret}", receipts.post_receipts, "What became of messages"),
        provider_calls("POST", "/v1/sms-replies/{account}/{secret}", receipts.post_replies, "What persons answered by SMS"),
    ),
    *section("Providers", *routes_of("providers", provider_kind.ProviderDocument)),
    *section("Contact policy", *routes_of("contact-policies", contact_policies.ContactPolicyDocument)),
    *section(
        "Contacts",
        read(
            *("GET", f"{PERSON}/contact", contact.get_contact, "How somebody can be told something now"),
            answer=contact.ContactShown, query=contact.CONTACT_QUERY,
        ),
        write(
            *("POST", f"{PERSON}/consents", consents.post_consent, "Keep a yes or a no"),
            body=consents.ConsentWanted, answer=consents.ConsentKept, status=201,
        ),
        write(
            *("POST", f"{PERSON}/suppressions", suppressions.post_suppression, "Tell somebody nothing any more"),
            body=suppressions.SuppressionWanted, answer=suppressions.Suppressed, status=201,
        ),
        write(
            *("DELETE", f"{PERSON}/suppressions", suppressions.delete_suppressions, "Lift that"),
            answer=suppressions.Lifted, query=suppressions.LIFT_QUERY,
        ),
    ),
    *section(
        "Codes",
        write("POST", "/v1/codes", codes.create_code, "A code on demand", body=codes.CodeWanted, answer=codes.CodeShown, status=201),
        read("GET", "/v1/codes", codes.list_codes, "The codes of a campaign", answer=codes.CodeList, query=codes.CODES_QUERY),
        read("GET", "/v1/codes/quota", codes.get_quota, "Permanent codes left", answer=codes.QuotaShown, query=codes.QUOTA_QUERY),
        read("GET", "/v1/codes/{id}", codes.get_code, "A code", answer=codes.CodeShown),
        write("POST", "/v1/codes/{id}/renew", codes.renew_code, "A new end", body=codes.Renewal, answer=codes.CodeShown),
    ),
    *section(
        "Links",
        write("POST", "/v1/links", links.create_link, "A short link", body=links.LinkWanted, answer=links.LinkShown, status=201),
        read("GET", "/v1/links/{id}", links.get_link, "What a short link is", answer=links.LinkShown),
        follows("GET", "/r/{code}", links.follow, "Follow a short link"),
        follows("HEAD", "/r/{code}", links.look, "Where a short link leads"),
    ),
    *section(
        "Keys",
        admin("POST", "/v1/keys", keys.create_key, "Make a key", body=keys.KeyWanted, answer=keys.KeyMade, status=201),
        admin("GET", "/v1/keys", keys.list_keys, "The keys", answer=keys.KeyList, query=PAGE),
        admin("POST", "/v1/keys/{id}/rotate", keys.rotate_key, "Replace a key", body=keys.Rotation, answer=keys.KeyMade, status=201),
        admin("DELETE", "/v1/keys/{id}", keys.revoke_key, "End a key", answer=keys.KeyShown),
    ),
])  # fmt: skip
