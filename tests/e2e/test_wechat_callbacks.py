"""An account of WeChat on the running system: its secrets are put, the address is checked, a fan follows and is somebody."""

import json
import subprocess
import sys
import time

import requests

from infra.local_stack import LocalStack
from infra.paths import ROOT
from infra.stage import child_environment
from tests.e2e.api import ANSWER_SECONDS, Api, settled_names
from tests.e2e.waiting import eventually
from tests.unit.wechat import samples


def put_secrets(stack: LocalStack, appid: str) -> None:
    """What an operator does."""
    command = [sys.executable, "-m", "infra.wechat_secrets", "--stage", stack.stage.name, "--appid", appid]
    values = json.dumps({"token": samples.TOKEN, "aes_key": samples.ENCODING_KEY})
    subprocess.run(command, input=values, env=child_environment(stack.stage, stack.data), cwd=ROOT, text=True, check=True, timeout=60)


def test_a_fan_who_follows_is_a_person_and_a_retry_is_no_second_event(stack: LocalStack, api: Api, mark: str) -> None:
    appid, fan = f"wx{mark}00bb11cc22dd", f"oFan-{mark}"
    put_secrets(stack, appid)
    api.publish("accounts", appid, {"title": "服务号", "type": "service"})
    url, now = f"{api.url}/wechat/{appid}", int(time.time())
    checked = requests.get(url, {**samples.plain_query(now), "echostr": "4375120948"}, timeout=ANSWER_SECONDS)
    assert (checked.status_code, checked.text) == (200, "4375120948")
    follow = samples.body("event", "subscribe", "<EventKey>qrscene_utm_source=expo</EventKey>", sender=fan, at=now)
    for nonce in ("1", "2"):
        encrypt = samples.sealed(follow, appid, salt=nonce.encode() * 16)
        query = samples.safe_query(encrypt, now, nonce)
        answer = requests.post(url, samples.safe_body(encrypt), params=query, timeout=ANSWER_SECONDS)
        assert (answer.status_code, answer.text) == (200, "success")
    settled_names(api, f"openid:{appid}", fan, ["WechatSubscribed"])
    (event,) = eventually(lambda: api.timeline(f"openid:{appid}", fan))
    assert (event["source"], event["context"]["campaign"]) == (appid, {"source": "expo"})
    forged = requests.post(url, follow, params=samples.plain_query(now), timeout=ANSWER_SECONDS)
    assert (forged.status_code, forged.text.partition(":")[0]) == (403, "encryption_missing")
