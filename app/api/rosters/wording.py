"""Errors as OneRoster 1.2 words them (imsx_StatusInfo): its own member and code names, which differ from CASE's."""

from collections.abc import Callable, Coroutine
from typing import Any, Literal

import msgspec
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from app.errors import DomainError
from app.rosters.filter import Unfilterable
from app.rosters.serving import Unselectable

CodeMinor = Literal[
    "invalid_filter_field",
    "invalid_selection_field",
    "invaliddata",
    "unauthorisedrequest",
    "forbidden",
    "server_busy",
    "unknownobject",
    "internal_server_error",
]
MINOR: dict[int, CodeMinor] = {
    401: "unauthorisedrequest",
    403: "forbidden",
    404: "unknownobject",
    422: "invaliddata",
    429: "server_busy",
}


def status_info(status: int, minor: CodeMinor, description: str, headers: dict[str, str] | None = None) -> Response:
    """An error body: imsx_codeMajor is always `failure`, imsx_severity `error`."""
    body = {
        "imsx_codeMajor": "failure",
        "imsx_severity": "error",
        "imsx_description": description,
        "imsx_CodeMinor": {
            "imsx_codeMinorField": [{"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": minor}]
        },
    }
    return Response(msgspec.json.encode(body), status, headers, "application/json")


class RosterRoute(APIRoute):
    """A route whose refusals, whoever makes them, are an imsx_StatusInfo."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's own answer, or the error as the standard words it."""
        answer = super().get_route_handler()

        async def worded(request: Request) -> Response:
            try:
                return await answer(request)
            except Unfilterable as why:
                return status_info(400, "invalid_filter_field", f"The filter cannot be followed: {why}.")
            except Unselectable as why:
                return status_info(400, "invalid_selection_field", f"The fields cannot be selected: {why}.")
            except DomainError as why:
                minor = MINOR.get(why.status, "invaliddata")
                return status_info(why.status, minor, f"{why.title}: {why.detail}", why.headers)
            except RequestValidationError as why:
                message = "; ".join(f"{error['loc'][-1]}: {error['msg']}" for error in why.errors())
                return status_info(422, "invaliddata", message)

        return worded
