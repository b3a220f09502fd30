"""Addresses that are no calls of the platform: the admin API, pages, and what fans' phones ask for.

Whoever brings some lists them in a `ROUTES` and `server.py` joins the lists:

    ROUTES: Final = (Route("POST", "/_sim/persons", add_person), ...)
"""

from collections.abc import Callable
from dataclasses import dataclass

from infra.local_wechat.wire import Answer, Request
from infra.local_wechat.world import World

Handler = Callable[[World, Request], Answer]


class Nonsense(Exception):
    """A request of the admin API that cannot be carried out; its text is the answer, with status 400."""


@dataclass(frozen=True, slots=True)
class Route:
    """`locked` handlers run as one transaction. Others open their own (`with world.transaction():`), and may wait in between for others
    who need the world, as pushing does. A path that ends in / takes all that is below it; the path / takes
    itself only.
    """

    method: str
    path: str
    handler: Handler
    locked: bool = True

    def takes(self, method: str, path: str) -> bool:
        """Whether the request is this route's."""
        below = len(self.path) > 1 and self.path.endswith("/")
        return method == self.method and (path == self.path or (below and path.startswith(self.path)))
