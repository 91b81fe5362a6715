"""Pages of submissions: where one ended, and the address of the one that follows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query

from app.db.programs.submissions import Place
from app.programs.submitting import SubmissionRow

Param = Annotated[str, Query(max_length=200)]
"""A filter of a list, in its address."""


def place_of(text: str) -> Place | None:
    """Where the page before ended; None for the first page, and for what is no place."""
    moment, _space, id_ = text.partition(" ")
    try:
        return datetime.fromisoformat(moment), UUID(id_)
    except ValueError:
        return None


def following(path: str, rows: Sequence[SubmissionRow], size: int, query: Mapping[str, str]) -> str:
    """The address of the page that follows, of `rows` of which one more than a page was asked for; nothing for none."""
    if len(rows) <= size:
        return ""
    last = rows[size - 1]
    filters = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(filters | {'after': f'{last.changed_at.isoformat()} {last.id}'})}"
