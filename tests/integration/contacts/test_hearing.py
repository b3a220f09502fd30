"""What comes in about reaching people: pushes, answers by SMS, receipts; each once, whatever comes twice or at the same time."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.contacts import consents, permissions, reachable, replies, store
from chalicelib.contacts.records import ContactRecord
from chalicelib.identifiers import identifier
from chalicelib.messages.policy.model import Consent
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.providers.model import Reason
from chalicelib.wechat import push
from tests.integration.contacts import world
from tests.integration.contacts.world import APPID, DAY, FAN, MARKETING, MINUTE, NOTICE, PHONE, SMS, TRANSACTIONAL, Reached
from tests.support.aws import Stack
from tests.support.crashes import killed_at, writes_of
from tests.support.gateway import NOW
from tests.support.ring import event
from tests.unit.wechat import samples

OPENID, MOBILE = identifier(f"openid:{APPID}", FAN).key, identifier("mobile", PHONE).key
USER = identifier("user_id", "u1").key


def left_of(template: str = NOTICE) -> int:
    granted = store.contact(OPENID).granted
    return granted[template].permission.left if template in granted else 0


def noted(kind: str, status: str, at: int = NOW, template: str = NOTICE) -> None:
    permissions.noted(world.answered(kind, template, status, at), APPID, NOW)


# ---- permissions ----


def test_a_push_that_wechat_sends_three_times_allows_one_message(stack: Stack) -> None:
    for _ in range(3):
        noted("popup", "accept")
    assert left_of() == 1


def test_one_push_may_speak_of_several_templates(stack: Stack) -> None:
    listed = "".join(
        f"<List><TemplateId>{template}</TemplateId><SubscribeStatusString>{status}</SubscribeStatusString></List>"
        for template, status in (("a", "accept"), ("b", "reject"), ("c", "accept"))
    )
    dialog = samples.event("subscribe_msg_popup_event", f"<SubscribeMsgPopupEvent>{listed}</SubscribeMsgPopupEvent>", sender=FAN)
    permissions.noted(dialog, APPID, NOW)
    assert (left_of("a"), left_of("b"), left_of("c")) == (1, 0, 1)


def test_a_mini_program_tells_the_same_as_json(stack: Stack) -> None:
    answer = {"TemplateId": NOTICE, "SubscribeStatusString": "accept", "PopupScene": "0"}
    body = samples.json_body("event", "subscribe_msg_popup_event", List=answer)
    permissions.noted(push.read(body), APPID, NOW)
    assert store.contact(identifier(f"openid:{APPID}", samples.FAN).key).granted[NOTICE].permission.left == 1


def test_a_no_in_a_dialog_takes_nothing_back_and_one_in_the_settings_everything(stack: Stack) -> None:
    noted("popup", "accept", NOW - 3 * MINUTE)
    noted("popup", "reject", NOW - 2 * MINUTE)
    assert left_of() == 1
    noted("change", "reject", NOW - MINUTE)
    assert left_of() == 0


def test_other_pushes_cost_nothing(stack: Stack) -> None:
    sent = "<SubscribeMsgSentEvent><List><TemplateId>t</TemplateId><MsgID>1</MsgID><ErrorCode>0</ErrorCode></List></SubscribeMsgSentEvent>"
    for other in (samples.text(), samples.event("subscribe"), samples.event("subscribe_msg_sent_event", sent)):
        permissions.noted(other, APPID, NOW)
    assert stack.items("contacts") == []


def test_a_sender_that_is_nobody_allows_nothing(stack: Stack) -> None:
    permissions.noted(world.answered("popup", NOTICE, "accept", openid="no openid!"), APPID, NOW)
    assert stack.items("contacts") == []


def test_the_last_permission_goes_to_one_of_two_messages(stack: Stack) -> None:
    noted("popup", "accept")
    with ThreadPoolExecutor(2) as pool:
        got = list(pool.map(lambda message: permissions.spent(APPID, FAN, NOTICE, message), ("m1", "m2")))
    assert sorted(got) == [False, True]
    assert left_of() == 0


def test_a_message_that_is_sent_again_takes_no_second_one(stack: Stack) -> None:
    noted("popup", "accept", NOW - MINUTE)
    noted("popup", "accept", NOW)
    assert permissions.spent(APPID, FAN, NOTICE, "m1")
    assert writes_of(lambda: permissions.spent(APPID, FAN, NOTICE, "m1")) == 0
    assert left_of() == 1


def test_a_message_that_certainly_did_not_go_gives_its_permission_back_once(stack: Stack) -> None:
    noted("popup", "accept")
    permissions.spent(APPID, FAN, NOTICE, "m1")
    permissions.unspent(APPID, FAN, NOTICE, "m1")
    permissions.unspent(APPID, FAN, NOTICE, "m1")
    assert left_of() == 1


# ---- answers by SMS ----


def test_an_answer_that_asks_us_to_stop_is_a_no_to_advertising_by_sms_alone(her: Reached) -> None:
    consents.said(MOBILE, Consent(True, NOW - 1, "form"))
    replies.stopped("tencent", "+86" + PHONE, NOW, "r1")
    assert her.reason(SMS, category=MARKETING, now=NOW + 6 * world.HOUR) == "consent_refused"
    assert her.reason(SMS, category=TRANSACTIONAL) == ""


def test_it_stands_on_the_timeline_once_however_often_it_is_told(her: Reached) -> None:
    for _ in range(2):
        replies.stopped("tencent", PHONE, NOW, "r1")
    her.ring.flow()
    (told,) = her.ring.ask("user_id", "u1", "/timeline?name=%24consent").json["items"]
    assert (told["properties"]["source"], told["properties"]["granted"], told["properties"]["channel"]) == ("sms_reply", False, "sms")


def test_an_answer_of_nobody_is_counted_and_left(stack: Stack) -> None:
    replies.stopped("tencent", "", NOW, "r1")
    assert stack.items("contacts") == stack.items("events") == []


@pytest.mark.parametrize("after", [False, True])
def test_wherever_the_worker_dies_the_word_and_its_event_are_there_in_the_end(stack: Stack, after: bool) -> None:
    for number in range(3):
        died = killed_at(number, lambda: replies.stopped("tencent", PHONE, NOW, "r1"), after=after)
        replies.stopped("tencent", PHONE, NOW, "r1")
        assert store.contact(MOBILE).consents == (Consent(False, NOW, "sms_reply", ChannelName.SMS, Category.MARKETING),)
        assert len(stack.items("events")) == 1
        if not died:
            return
        stack.clear()


# ---- receipts and outcomes ----


def test_words_that_say_nothing_of_the_address_are_not_written(stack: Stack) -> None:
    for reason in (Reason.ACCOUNT_LIMIT, Reason.PROVIDER_SILENT, Reason.CONTENT_REFUSED):
        reachable.learn(ChannelName.SMS, "tencent", PHONE, reason, NOW)
    reachable.learn(ChannelName.SMS, "tencent", PHONE, Reason.NONE, NOW)
    reachable.learn(ChannelName.POPUP, "", "p_1", Reason.ADDRESS_GONE, NOW)
    reachable.learn(ChannelName.SMS, "tencent", "", Reason.ADDRESS_GONE, NOW)
    assert stack.items("contacts") == []


def test_a_receipt_that_comes_twice_is_written_once(stack: Stack) -> None:
    def learn() -> None:
        reachable.learn(ChannelName.SMS, "tencent", PHONE, Reason.ADDRESS_GONE, NOW)

    assert (writes_of(learn), writes_of(learn)) == (1, 0)


def test_a_message_that_arrived_opens_the_address_again(stack: Stack) -> None:
    reachable.learn(ChannelName.SMS, "tencent", PHONE, Reason.ADDRESS_ABSENT, NOW)
    reachable.learn(ChannelName.SMS, "aliyun", "+86" + PHONE, Reason.NONE, NOW + 1)
    assert store.contact(MOBILE).unreachable == {}


# ---- the last look ----


def test_a_fan_who_left_after_the_decision_gets_nothing_of_the_account(her: Reached) -> None:
    assert reachable.still(ChannelName.TEMPLATE, APPID, FAN, NOW) is None
    world.left()
    for channel in (ChannelName.TEMPLATE, ChannelName.CUSTOMER_SERVICE, ChannelName.MASS, ChannelName.SUBSCRIBE):
        assert reachable.still(channel, APPID, FAN, NOW) == "not_following"
    assert reachable.still(ChannelName.SMS, "tencent", PHONE, NOW) is None
    noted("popup", "accept")
    assert reachable.still(ChannelName.SUBSCRIBE, APPID, FAN, NOW) is None


def test_who_asks_to_stop_while_an_advert_waits_does_not_get_it(her: Reached) -> None:
    decided, to = NOW - MINUTE, (ChannelName.SMS, "tencent", "+86" + PHONE, NOW)
    consents.said(MOBILE, Consent(True, decided - DAY, "form"))
    assert reachable.still(*to, Category.MARKETING, decided) is None
    replies.stopped("tencent", PHONE, NOW - 1, "r-1")
    assert reachable.still(*to, Category.MARKETING, decided) == "consent_refused"
    assert reachable.still(*to, Category.SERVICE, decided) is None


def test_what_the_decision_knew_is_not_judged_again_by_one_address(her: Reached) -> None:
    consents.said(MOBILE, Consent(False, NOW - DAY, "form"))
    consents.said(USER, Consent(True, NOW - MINUTE, "shop"))
    assert her.reason(SMS) == ""
    assert reachable.still(ChannelName.SMS, "tencent", PHONE, NOW, Category.MARKETING, NOW - 1) is None


def test_popups_and_webhooks_are_not_looked_at_again(stack: Stack) -> None:
    assert reachable.still(ChannelName.WEBHOOK, "erp", "p_1", NOW) is reachable.still(ChannelName.POPUP, "", "p_1", NOW) is None


# ---- many at the same time ----


def test_words_and_permissions_that_come_together_are_all_kept(stack: Stack) -> None:
    def tell(number: int) -> None:
        if number % 2:
            noted("popup", "accept", NOW - number * 1000)
        else:
            consents.said(OPENID, Consent(True, NOW, "form", account=f"account-{number}"))

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(tell, range(6)))
    contact = store.contact(OPENID)
    assert (len(contact.consents), contact.granted[NOTICE].permission.left) == (3, 3)


def test_contacts_are_kept_for_good_and_what_was_sent_is_not(her: Reached) -> None:
    noted("popup", "accept")
    assert ContactRecord.get(OPENID, "contact").expires is None


# ---- events of pages ----


def test_a_yes_that_anybody_may_have_sent_stays_an_event_is_counted_and_changes_nothing(
    her: Reached, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []
    monkeypatch.setattr(consents, "count_refusals", counted.extend)
    for granted in (True, False):
        her.ring.send(event(consents.EVENT, MINUTE, {"granted": granted, "channel": "sms"}, mobile=PHONE))
        her.ring.flow()
        assert counted == ["consent_unproven"]
        assert [one.granted for one in store.contact(MOBILE).consents] == ([] if granted else [False])
    assert len(her.ring.ask("mobile", PHONE, "/timeline?name=%24consent").json["items"]) == 2
