"""Errors as 1EdTech's REST bindings word them (imsx_StatusInfo), for the routes that follow one."""

from collections.abc import Callable, Coroutine
from typing import Any, Literal

import msgspec
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from app.errors import DomainError

CodeMinor = Literal[
    "forbidden",
    "fullsuccess",
    "internal_server_error",
    "invalid_selection_field",
    "invalid_sort_field",
    "invalid_uuid",
    "server_busy",
    "unauthorised_request",
    "unknownobject",
]
MINOR: dict[int, CodeMinor] = {
    401: "unauthorised_request",
    403: "forbidden",
    404: "unknownobject",
    429: "server_busy",
    503: "server_busy",
}


def status_info(status: int, minor: CodeMinor, description: str, headers: dict[str, str] | None = None) -> Response:
    """An error body: imsx_codeMajor is always `failure`, imsx_severity `error`."""
    body = {
        "imsx_codeMajor": "failure",
        "imsx_severity": "error",
        "imsx_description": description,
        "imsx_codeMinor": {
            "imsx_codeMinorField": [{"imsx_codeMinorFieldName": "Tessera", "imsx_codeMinorFieldValue": minor}]
        },
    }
    return Response(msgspec.json.encode(body), status, headers, "application/json")


class ImsxRoute(APIRoute):
    """A route whose refusals, whoever makes them, are an imsx_StatusInfo."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's own answer, or the error as the binding words it."""
        answer = super().get_route_handler()

        async def worded(request: Request) -> Response:
            try:
                return await answer(request)
            except DomainError as why:
                minor = MINOR.get(why.status, "invalid_selection_field")
                return status_info(why.status, minor, f"{why.title}: {why.detail}", why.headers)
            except RequestValidationError as why:
                problems = "; ".join(f"{error['loc'][-1]}: {error['msg']}" for error in why.errors())
                return status_info(400, "invalid_selection_field", problems)
            except HTTPException as why:
                return status_info(why.status_code, MINOR.get(why.status_code, "forbidden"), str(why.detail))

        return worded
