"""Pages for visitors without a key: counted, and whatever goes wrong is told as a page."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from app.errors import ApiError
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
                return page("message.html", status=404, title="There is nothing here", words=MISTYPED, owner="Tessera")
            except ApiError as why:
                told = {"title": why.title, "words": why.detail, "owner": "Tessera"}
                return page("message.html", status=why.status, headers=why.headers, **told)

        return shown


MISTYPED = "The address is not one of ours, or was typed wrong."
