"""What a push of WeChat costs beside wechatpy: read, verified, decrypted, answered, and the answer encrypted, cold and warm.

Each in interpreters of its own, by turns: ours finds the project and what lies in the zip, wechatpy finds everything that is installed.
pycryptodome would use cffi where it is; the zip has none, so it is kept out of sight.
"""

import json
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Final

from infra.paths import ROOT
from tests.bench.report import Section, judged
from tests.unit.wechat import samples
from tests.unit.wechat.samples import APPID, ENCODING_KEY, KEY, NOW, TOKEN

AIM: Final = 0.5  # times wechatpy
TURNS: Final = 15
WARM_PUSHES: Final = 400  # in a turn
IN_THE_ZIP: Final = ("Crypto", "pydantic", "pydantic_core", "annotated_types", "typing_extensions.py", "typing_inspection")
FOLLOW: Final = "<EventKey><![CDATA[qrscene_618]]></EventKey><Ticket><![CDATA[gQFm8TwAAAAAAAAAAS5odHRwOi8vd2VpeGluLnFxLmNvbS9x]]></Ticket>"
PICTURES: Final = (
    "<EventKey>summer</EventKey><SendPicsInfo><Count>2</Count><PicList><item><PicMd5Sum>a0</PicMd5Sum></item>"
    "<item><PicMd5Sum>b1</PicMd5Sum></item></PicList></SendPicsInfo>"
)
PUSHES: Final[Mapping[str, bytes]] = {
    "a follow by code": samples.body("event", "subscribe", FOLLOW),
    "a text": samples.body("text", inside="<Content><![CDATA[裙装有哪些新款？]]></Content><MsgId>24601000000000017</MsgId>"),
    "pictures from the menu": samples.body("event", "pic_weixin", PICTURES),
}
COLD: Final = ("imports", "the first push", "imports and the first push")

_COMMON: Final = """
import json, sys
from time import process_time
asked = json.loads({asked!r})
query, body, now = asked["query"], asked["body"], asked["now"]
sys.path[:0] = asked["paths"]
began = process_time()
{imports}
imported = process_time()
{setting}
begun = process_time()
answer()
first = process_time() - begun
begun = process_time()
for _ in range(asked["times"]):
    answer()
print(json.dumps([imported - began, first, (process_time() - begun) / asked["times"]]))
"""
_OURS: Final = """
account = envelope.Account(asked["appid"], envelope.Mode.SAFE, (asked["token"],), (bytes.fromhex(asked["key"]),))
body = body.encode()
def answer():
    opened = envelope.open_push(query, body, account, now)
    text = replies.rendered(replies.Text("欢迎，回复 裙装 看新品"), opened.push, now)
    return replies.sealed(
        text, appid=account.appid, token=opened.token, key=opened.key, timestamp=now // 1000, nonce=query["nonce"], salt=urandom(16),
        form=opened.push.form,
    )
"""
_THEIRS: Final = """
crypto = WeChatCrypto(asked["token"], asked["encoding_key"], asked["appid"])
def answer():
    message = parse_message(crypto.decrypt_message(body, query["msg_signature"], query["timestamp"], query["nonce"]))
    return crypto.encrypt_message(TextReply(content="欢迎，回复 裙装 看新品", message=message).render(), query["nonce"], str(now // 1000))
"""
_OUR_IMPORTS: Final = "from os import urandom; from chalicelib.wechat import envelope, replies"
_THEIR_IMPORTS: Final = (
    "from wechatpy import parse_message; from wechatpy.crypto import WeChatCrypto; from wechatpy.replies import TextReply"
)


def section() -> Section:
    """Both by turns, a kind of push after the other."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {"ours": [str(ROOT), folder], "theirs": [sysconfig.get_paths()["purelib"]]}
        for name in IN_THE_ZIP:
            (Path(folder) / name).symlink_to(Path(sysconfig.get_paths()["purelib"], name))
        found = {name: [_turn(message, paths) for _ in range(TURNS)] for name, message in PUSHES.items()}
    rows = [_row(f"warm, µs: {name}", [(one[2] * 1e6, other[2] * 1e6) for one, other in turns], 0) for name, turns in found.items()]
    starts = [turn for turns in found.values() for turn in turns]
    for number, name in enumerate(COLD):
        picked = slice(number, number + 1) if number < len(COLD) - 1 else slice(0, 2)
        rows.append(_row(f"cold, ms: {name}", [(sum(one[picked]) * 1e3, sum(other[picked]) * 1e3) for one, other in starts], 1, number > 1))
    note = (
        f"CPU to read, verify and decrypt a push in safe mode, and to render and encrypt a text in answer. Medians of {TURNS} turns of "
        f"{WARM_PUSHES} pushes for each kind; every turn is a fresh interpreter for either side, so the cold rows are of all of them."
    )
    return Section("A push of WeChat, beside wechatpy", ("", "ours", "wechatpy", "ratio", "aim"), tuple(rows), note)


def _row(name: str, turns: list[tuple[float, float]], digits: int, judge: bool = True) -> tuple[str, ...]:
    """Medians, also of the ratio: the machine's speed changes between turns more than within one."""
    ratio = median(one / other for one, other in turns)
    ours, theirs = (f"{median(turn[side] for turn in turns):.{digits}f}" for side in (0, 1))
    return name, ours, theirs, f"{ratio:.2f}", judged(ratio, AIM) if judge else ""


def _turn(message: bytes, paths: Mapping[str, list[str]]) -> tuple[list[float], list[float]]:
    """Seconds of CPU to import, for the first push, and for each of the others, by either."""
    encrypt = samples.sealed(message)
    asked = {
        "query": samples.safe_query(encrypt),
        "body": samples.safe_body(encrypt).decode(),
        "now": NOW,
        "times": WARM_PUSHES,
        "appid": APPID,
        "token": TOKEN,
        "encoding_key": ENCODING_KEY,
        "key": KEY.hex(),
    }
    ours = _start({**asked, "paths": paths["ours"]}, _OUR_IMPORTS, _OURS)
    return ours, _start({**asked, "paths": paths["theirs"]}, _THEIR_IMPORTS, _THEIRS)


def _start(asked: Mapping[str, object], imports: str, setting: str) -> list[float]:
    program = _COMMON.format(asked=json.dumps(asked), imports=imports, setting=setting)
    result = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True)
    times: list[float] = json.loads(result.stdout)
    return times
