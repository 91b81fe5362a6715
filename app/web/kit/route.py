"""Pages for visitors without a key: counted, and whatever goes wrong is told as a page."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from app.errors import DomainError
from app.web import page
from app.web.kit.visitors import Visitors, admit


class PageRoute(APIRoute):
    """A page anybody may look at."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The page itself, or one that says what is wrong."""
        answer = super().get_route_handler()

        async def shown(request: Request) -> Response:
            visitors: Visitors = request.app.state.visitors
            try:
                admit(request, visitors.looks)
                return await answer(request)
            except RequestValidationError:
                return page("message.html", status=404, title="Page not found", words=MISTYPED, owner="Tessera")
            except DomainError as why:
                message = {"title": why.title, "words": why.detail, "owner": "Tessera"}
                return page("message.html", status=why.status, headers=why.headers, **message)

        return shown


MISTYPED = "No page has this address. Check that it was copied whole."
