"""What follows from what took place: pushes to the accounts' callback addresses, and what fans do and see."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from infra.local_wechat import jobs, menus
from infra.local_wechat.acting import PLATFORM
from infra.local_wechat.chat import Chats, Who
from infra.local_wechat.deliveries import Delivery
from infra.local_wechat.happenings import Happening, Took
from infra.local_wechat.payloads import Payload
from infra.local_wechat.push_admin import PushAdmin
from infra.local_wechat.pusher import Deliverer
from infra.local_wechat.routes import Route
from infra.local_wechat.state import MassJob, Relation, Sent
from infra.local_wechat.timers import Act, Timers
from infra.local_wechat.transport import OverHttp, Transport
from infra.local_wechat.world import World

_LOG: Final = logging.getLogger(__name__)
_WORKERS: Final = 8
_LOOK_SECONDS: Final = 1.0  # how long a change of the clock that nobody tells may stay unseen


class Pusher:
    """Made once for a world; hears what happens in it. `transport` and `pause` are for tests: a function in place of the network, and of
    waiting. Without `threads` what is due later is done when the clock is moved.
    """

    def __init__(
        self,
        world: World,
        transport: Transport | None = None,
        threads: bool = True,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.world = world
        self.chats = Chats()
        self.timers = Timers()
        self.deliverer = Deliverer(world, self.chats, self.timers, transport or OverHttp(), pause)
        self.routes: tuple[Route, ...] = PushAdmin(self).routes
        self._ending = threading.Event()
        self._pool = ThreadPoolExecutor(_WORKERS, "local-wechat-push") if threads else None
        self._clockwork = threading.Thread(target=self._tick, name="local-wechat-clockwork", daemon=True)
        if threads:
            self._clockwork.start()

    def hear(self, happening: Happening) -> None:
        """Called outside of the lock, in the thread of the request, before its answer goes out."""
        match happening.took:
            case Took.SENT:
                self._sent(happening.fields["sent"])
            case Took.MASS:
                self._mass(happening.appid, happening.fields["job"])
            case Took.URL_SET:
                self.deliverer.verify(happening.appid)
            case Took.CLOCK_MOVED:
                self.timers.run(self.world.clock.world())
            case Took.RESET:
                self.forget()

    def push(self, appid: str, openid: str, payload: Payload) -> Delivery:
        """Pushes now, and waits for what becomes of it."""
        return self.deliverer.push(appid, openid, payload)

    def soon(self, act: Act) -> None:
        """Has something done that may wait for others: by a thread, or by the next move of the clock."""
        if self._pool is not None:
            self._pool.submit(_carried_out, act)
        else:
            self.timers.add(self.world.clock.world(), act)

    def sees_menu(self, fan: Relation) -> None:
        """Notes in the fan's chat which buttons are there, if they are others than before."""
        buttons, _ = menus.menu_of(self.world.accounts[fan.appid], fan) if fan.subscribed else (None, 0)
        self.chats.menu(fan.appid, fan.openid, self.world.clock.wire(), buttons)

    def forget(self) -> None:
        """Begins anew."""
        self.timers.clear()
        self.chats.clear()
        self.deliverer.forget()

    def stop(self) -> None:
        """Ends threads."""
        self._ending.set()
        self.timers.wake()
        if self._pool is not None:
            self._clockwork.join()
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _sent(self, sent: Sent) -> None:
        fan = self.world.openids.get(sent.openid)
        if fan is None:
            return  # everything was forgotten since
        if sent.decision == jobs.ACCEPTED:
            self.chats.add(sent.appid, sent.openid, self.world.clock.wire(), Who.ACCOUNT, jobs.via(sent), sent.msgtype, sent.body)
        if jobs.report(sent, fan, self.deliverer.ways) is not None:
            self._report(lambda: self._report_of(sent, fan))

    def _report_of(self, sent: Sent, fan: Relation) -> None:
        """Only now is it looked at what became of it: the fan may have left since."""
        payload = jobs.report(sent, fan, self.deliverer.ways)
        if payload is not None:
            self.push(sent.appid, sent.openid, payload)

    def _mass(self, appid: str, job: MassJob) -> None:
        self._report(lambda: void(self.push(appid, PLATFORM, jobs.mass_report(job))))

    def _report(self, act: Act) -> None:
        ways = self.deliverer.ways
        if ways.jobs_first:
            act()
        else:
            self.timers.add(self.world.clock.world() + ways.job_delay_ms, act)

    def _tick(self) -> None:
        """Hands out what is due by the clock, until the end."""
        while not self._ending.is_set():
            self.timers.run(self.world.clock.world(), self.soon)
            self.timers.wait(self.world.clock.world(), _LOOK_SECONDS)


def _carried_out(act: Act) -> None:
    """Nobody waits for it, so what goes wrong is told here."""
    try:
        act()
    except Exception:
        _LOG.exception("a push could not be carried out")
        raise


def void(_value: object) -> None:
    """Drops what nobody asks for."""
