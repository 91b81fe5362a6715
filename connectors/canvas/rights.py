"""Which permissions each stream needs, by the names that Canvas shows for them, and which of them a token lacks.

Canvas tells what its caller may do in an account, in one request: `GET /accounts/:id/permissions`. Some permissions
only hide a field where they lack (login, address, number of the SIS): nothing else would tell of them.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx

from connectors import Page, Probe, Pull
from connectors.canvas.client import ACCOUNTS, Account, administered, read
from connectors.errors import RightsLacking
from connectors.kit import Refused, ask
from connectors.kit.cache import cached

ADMIN = "account admin"
PERMISSIONS = {
    "Users - view list": "read_roster",
    "Users - view login IDs": "view_user_logins",
    "Users - view primary email address": "read_email_addresses",
    "SIS Data - read": "read_sis",
    "Courses - view list": "read_course_list",
    "Course Content - view": "read_course_content",
    "Grades - view all grades": "view_all_grades",
}
"""The permissions of an account role by the names that Canvas shows, and by those that its API has."""

_INSTEAD = {"read_sis": "manage_sis"}
"""What shows the same: to whoever may manage SIS data, Canvas shows it too (`lib/api/v1/user.rb`)."""

_OF_STREAMS: dict[str, tuple[str, ...]] = {
    "accounts": (),
    "terms": (),
    "grading_periods": (),
    "users": ("Users - view list", "SIS Data - read", "Courses - view list"),
    "courses": ("Courses - view list", "SIS Data - read"),
    "sections": ("Course Content - view", "SIS Data - read"),
    "enrollments": ("Users - view list", "Grades - view all grades"),
    "assignments": ("Course Content - view",),
    "submissions": ("Grades - view all grades",),
    "period_grades": ("Users - view list", "Grades - view all grades"),
    "outcomes": ("Courses - view list",),
    "outcome_results": ("Grades - view all grades",),
}
HIDDEN = {
    "Users - view login IDs": "logins are not shown to the token",
    "Users - view primary email address": "e-mail addresses are not shown to the token",
}
"""What people come without where a permission lacks: some districts hide it, and people are known by their SIS id."""

RIGHTS = {stream: (ADMIN, *permissions) for stream, permissions in _OF_STREAMS.items()}
"""What each stream needs. People are listed again where a course has changed; outcomes are shown to whoever is an admin
of their account, and to see those of its courses takes their list.
"""


def granted(stream: str, pull: Pull) -> Pull:
    """The pull of a stream, which begins by looking whether the token's user has its permissions."""

    async def checked(http: httpx.AsyncClient, cursor: str | None) -> AsyncIterator[Page]:
        await _look(stream, http)
        hidden = tuple(await _hidden(http)) if stream == "users" else ()
        async for page in pull(http, cursor):
            yield replace(page, notes=(*page.notes, *hidden)) if hidden else page
            hidden = ()

    return checked


def probe(stream: str) -> Probe:
    """Looks whether the token's user has a stream's permissions. RightsLacking names those that lack."""

    async def looked(http: httpx.AsyncClient) -> None:
        await _look(stream, http)

    return looked


async def _look(stream: str, http: httpx.AsyncClient) -> None:
    for account, refused in (await _refusals(http)).items():
        if lacking := [right for right in RIGHTS[stream] if PERMISSIONS.get(right) in refused]:
            raise RightsLacking(
                f"{stream}: the role of the token's user lacks {', '.join(lacking)} in the account '{account}' (turn"
                " them on in Canvas: Admin, Permissions, Account Roles)"
            )


async def _hidden(http: httpx.AsyncClient) -> list[str]:
    """What people come without, and what to turn on in Canvas to have it."""
    refused = frozenset[str]().union(*(await _refusals(http)).values())
    return [
        f"{words}: turn on '{right}' for its role to have them"
        for right, words in HIDDEN.items()
        if PERMISSIONS[right] in refused
    ]


async def _refusals(http: httpx.AsyncClient) -> dict[str, frozenset[str]]:
    """What the token's user may not do, by the accounts' names and ids; asked once in a run.

    A Canvas that does not answer this is one of which nothing is known: then each list tells by itself.
    """

    async def fetch() -> dict[str, frozenset[str]]:
        refusals = {}
        for body in await administered(http):
            account = read(body, Account)
            try:
                path = f"{ACCOUNTS}/{account.id}/permissions"
                answer = await ask(http, path, {"permissions[]": sorted({*PERMISSIONS.values(), *_INSTEAD.values()})})
            except (Refused, RightsLacking):
                continue
            allowed = read(answer.content, dict[str, Any])
            where = f"{account.name} ({account.id})"
            refused = frozenset(name for name, may in allowed.items() if str(may).lower() == "false")
            allowed_instead = {name for name, other in _INSTEAD.items() if other in allowed and other not in refused}
            refusals[where] = refused - allowed_instead
        return refusals

    return await cached(http, "permissions", fetch)
