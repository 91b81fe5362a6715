"""Pages for visitors without a key: counted, and whatever goes wrong is told as a page."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from app.errors import DomainError
from app.web import page
from app.web.kit import error_words
from app.web.kit.cookies import LANGUAGE, brought
from app.web.kit.visitors import Visitors, admit
from app.web.kit.words import _, chosen, later, speak


def choose_language(request: Request) -> None:
    """From here on, speak the language that the browser was told to, or that it asks for."""
    settings = request.app.state.service.settings
    speak(chosen(brought(request, settings, LANGUAGE), header=request.headers.get("accept-language", "")))


class SpokenRoute(APIRoute):
    """A page that speaks its reader's language, and words its errors itself."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The page itself."""
        answer = super().get_route_handler()

        async def respond(request: Request) -> Response:
            choose_language(request)
            return await answer(request)

        return respond


class PageRoute(APIRoute):
    """A page anybody may look at."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The page itself, or one that says what is wrong."""
        answer = super().get_route_handler()

        async def respond(request: Request) -> Response:
            visitors: Visitors = request.app.state.visitors
            choose_language(request)
            try:
                admit(request, visitors.looks)
                return await answer(request)
            except RequestValidationError:
                return page("message.html", status=404, title=_("Page not found"), words=_(MISTYPED), owner="Tessera")
            except DomainError as why:
                message = {"title": _(why.title), "words": error_words.translated(why.detail), "owner": "Tessera"}
                return page("message.html", status=why.status, headers=why.headers, **message)

        return respond


MISTYPED = later("No page has this address. Check that it was copied whole.")
REFUSALS = (
    later("Not found"),
    later("Link expired"),
    later("Too many visits from where you are"),
    later("No share has this link. Check that it was copied whole."),
    later("It was taken back by who shared it. Ask for a new one."),
    later("It was shared for a time that is over. Ask for a new one."),
    later("This link is not complete, or was changed on its way. Open it again from where you got it."),
)
"""What domains refuse a visitor with, in the catalog's reach."""
