"""Changing what others change, too: `If-Match` names the state somebody saw, and nothing newer is overwritten."""

from typing import Annotated

from fastapi import Header

from app.errors import ApiError

IfMatch = Annotated[
    str | None, Header(alias="If-Match", max_length=100, description="the `ETag` of what you saw: required")
]


def check_if_match(header: str | None, tag: str | None) -> None:
    """ApiError 428 where nobody says what they saw, 412 where it is not this; None: they may not see all of it."""
    if header is None:
        raise ApiError(
            428, "if-match-required", "If-Match header required", "Read it, and send its ETag back as If-Match."
        )
    seen = {
        value.strip().removeprefix("W/").strip('"') for value in header.split(",")
    }  # weak: a proxy has packed the answer
    if tag not in seen:
        detail = "It was changed since, or you saw only a part of it (scope=all shows all): read it again."
        raise ApiError(412, "changed-since", "Precondition failed", detail)


def etag_header(tag: str) -> dict[str, str]:
    """The header that names a state."""
    return {"ETag": f'"{tag}"', "Cache-Control": "private, no-store"}
