"""Errors as Open Badges 3.0 and CLR 2.0 word them (imsx_StatusInfo), for their own routes."""

from collections.abc import Callable, Coroutine
from typing import Any, Literal

import msgspec
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from app.credentials.errors import CredentialError
from app.errors import DomainError

Minor = Literal[
    "forbidden",
    "internal_server_error",
    "invalid_data",
    "invalid_query_parameter",
    "not_acceptable",
    "not_allowed",
    "not_found",
    "not_modified",
    "server_busy",
    "unauthorizedrequest",
    "unknown",
]
MINOR: dict[int, Minor] = {
    400: "invalid_data",
    401: "unauthorizedrequest",
    403: "forbidden",
    404: "not_found",
    405: "not_allowed",
    413: "invalid_data",
    415: "not_acceptable",
    429: "server_busy",
    503: "server_busy",
}


def status_info(status: int, description: str, minor: Minor | None = None, headers: Any = None) -> Response:
    """An error body (imsx_StatusInfo)."""
    field = {"imsx_codeMinorFieldName": "Tessera", "imsx_codeMinorFieldValue": minor or MINOR.get(status, "unknown")}
    body = {
        "imsx_codeMajor": "failure",
        "imsx_severity": "error",
        "imsx_description": description,
        "imsx_codeMinor": {"imsx_codeMinorField": [field]},
    }
    return Response(msgspec.json.encode(body), status, headers, "application/json")


class WordedRoute(APIRoute):
    """A route whose refusals, whoever makes them, are an imsx_StatusInfo."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's own answer, or the error as the standard words it."""
        answer = super().get_route_handler()

        async def worded(request: Request) -> Response:
            try:
                return await answer(request)
            except CredentialError as why:
                return status_info(400, str(why))
            except DomainError as why:
                return status_info(why.status, f"{why.title}: {why.detail}", headers=why.headers)
            except RequestValidationError as why:
                problems = "; ".join(f"{error['loc'][-1]}: {error['msg']}" for error in why.errors())
                queried = any(error["loc"][0] == "query" for error in why.errors())
                return status_info(400, problems, "invalid_query_parameter" if queried else None)
            except HTTPException as why:
                return status_info(why.status_code, str(why.detail))

        return worded
