"""Who acts: set once where a request, a command or a job begins, and written beside each change in the audit log."""

from contextvars import ContextVar
from typing import NamedTuple


class Actor(NamedTuple):
    """Who changes something (`client 5f0c…`, `command line`, `worker`), and the id of the request, if it is one."""

    name: str
    request: str = ""


NOBODY = Actor("the service")
_ACTOR: ContextVar[Actor] = ContextVar("actor", default=NOBODY)


def acting(name: str) -> None:
    """From here on, in this task and those it starts, it is they who act."""
    _ACTOR.set(Actor(name, _ACTOR.get().request))


def begin_request(request: str) -> None:
    """A request begins; who asks is not known yet."""
    _ACTOR.set(Actor("somebody", request))


def actor() -> Actor:
    """Who acts now."""
    return _ACTOR.get()
