"""Who may open what: every page there is, by every role, related to the learner or not, of this district or another."""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi.routing import APIRoute

from app.main import AUDIENCES
from app.people.roles import BOUND, MAY, OF_LEARNERS, ROLES, WHOLE, Role
from app.web.kit.signed import AboutLearner, Anybody, May, SignedRoute
from app.web.kit.visitors import Visitors
from tests.support.api import Api
from tests.support.people import TOKEN, Reader, browsing, signed_in

BY_LINK = {
    "/about/interoperability",
    *("/docs", "/docs/types/{name}", "/docs/{operation}"),
    "/record/{token}",
    "/record/{token}/then",
    "/t/{tenant}",
    "/t/{tenant}/about",
    "/t/{tenant}/achievements/{achievement}",
    "/t/{tenant}/oauth/authorize",
    "/t/{tenant}/p/{program}/achievements/{achievement}",
    "/t/{tenant}/p/{program}/{document:path}",
    "/t/{tenant}/oauth/back",
    "/t/{tenant}/s/{secret}",
    "/t/{tenant}/s/{secret}/check",
    "/t/{tenant}/s/{secret}/transcript.pdf",
    "/t/{tenant}/s/{secret}/{item}.{form}",
    *("/t/{tenant}/c/{secret}", "/t/{tenant}/c/{secret}/share", "/t/{tenant}/c/{secret}/check"),
    "/t/{tenant}/c/{secret}/{item}.{form}",
    "/verify",
    *("/docs", "/docs/{operation}", "/docs/types/{name}", "/about/interoperability"),
}
"""Pages without a signed-in reader: public, or opened by a link that is itself the right."""

BY_CODE = {
    "/t/{tenant}/claim",
    "/t/{tenant}/in/{code}",
    "/t/{tenant}/in/{code}/pin",
    "/t/{tenant}/assess/{code}",
    "/t/{tenant}/assess/{code}/files/{sha256}",
    "/t/{tenant}/opportunities",
    "/t/{tenant}/x/{code}",
    "/t/{tenant}/x/{code}/files/{piece}/{sha256}",
}
"""Pages by which programs hand in and mentors assess without an account, and what there is to do out of school."""
SIGNED_OUT = BY_CODE | {
    "/",
    "/language",
    "/login",
    "/login/passkey",
    "/login/{district}/{provider}/back",
    "/login/{district}/{provider}",
    "/logout",
    "/style",
    "/invitation",
    "/invitation/{code}",
    "/start/{token}",
}
"""Pages of people that are open to anybody."""


NUMBERED = {"source", "run", "record", "alignment", "number"}
"""What paths name by a number."""


TOKENS: dict[str, str] = {}
"""The token of each session's forms: it is the same on all its pages."""


def routes() -> Iterator[APIRoute]:
    for audience in AUDIENCES:
        for route in audience.router.routes:
            if isinstance(route, APIRoute) and route.endpoint.__module__.startswith("app.web."):
                yield route


def declared(route: APIRoute) -> list[Any]:
    return [
        dependency.call
        for dependency in route.dependant.dependencies
        if isinstance(dependency.call, May | AboutLearner | Anybody)
    ]


SIGNED = [route for route in routes() if isinstance(route, SignedRoute)]


def test_every_page_says_once_for_whom_it_is() -> None:
    assert {route.path for route in routes() if not isinstance(route, SignedRoute)} == BY_LINK
    assert {route.path for route in SIGNED if len(declared(route)) != 1} == set()
    assert {route.path for route in SIGNED if isinstance(declared(route)[0], Anybody)} == SIGNED_OUT


def test_pages_about_a_learner_ask_about_that_learner() -> None:
    for route in SIGNED:
        (rule,) = declared(route)
        if "{learner}" in route.path:
            assert isinstance(rule, AboutLearner), f"{route.path} names a learner, and asks for no relationship"
        if isinstance(rule, AboutLearner):
            assert rule.permission in OF_LEARNERS, f"{route.path}: '{rule.permission}' is not about one learner"


async def ask(reader: Reader | None, api: Api, method: str, path: str) -> httpx.Response:
    """Ask for a page, or send it an empty form with the right token."""
    http = reader.http if reader else browsing(api.app)
    if method == "GET":
        return await http.get(path)
    if reader is None or reader.cookie not in TOKENS:
        hidden = TOKEN.search((await http.get("/me" if reader else "/login")).text)
        assert hidden
        TOKENS[reader.cookie if reader else ""] = hidden[1]
    answer = await http.post(path, data={"form_token": TOKENS[reader.cookie if reader else ""]})
    assert "stale-form" not in answer.text
    return answer


def filled(path: str, learner: str) -> str:
    """A path with the learner in it, and for all else ids that nothing has."""
    path = path.replace("{learner}", learner)
    return re.sub(r"\{(\w+)\}", lambda name: "999" if name[1] in NUMBERED else str(uuid4()), path)


@pytest.mark.timeout(900)  # every page, by everybody
async def test_only_who_may_gets_in(api: Api) -> None:
    learner = await api.learner(await api.pusher())
    related = {role: await of(api, role, learner) for role in ROLES}
    apart = {role: await unrelated(api, role) for role in ROLES}
    wrong = []
    for route in SIGNED:
        for method in sorted(route.methods):
            api.app.state.visitors = Visitors()
            path = filled(route.path, learner)
            wrong += [
                f"{method} {route.path}: {words}"
                async for words in _complaints(api, route, method, path, related, apart)
            ]
    assert wrong == []


async def _complaints(
    api: Api, route: APIRoute, method: str, path: str, related: dict[Role, Reader], apart: dict[Role, list[Reader]]
) -> AsyncIterator[str]:
    """What is wrong with the answers of one page."""
    (rule,) = declared(route)
    if isinstance(rule, Anybody):
        return
    stranger = await ask(None, api, method, path)
    if (stranger.status_code, stranger.headers.get("location", "")[:6]) != (303, "/login"):
        yield f"{stranger.status_code} to who is not signed in"
    for role in ROLES:
        permissions = (rule.permission,) if isinstance(rule, AboutLearner) else rule.permissions
        may = all(permission in MAY[role] for permission in permissions)
        answer = await ask(related[role], api, method, path)
        if (answer.status_code == 403) is may or answer.status_code >= 500:
            yield f"{answer.status_code} to a {role}"
        for reader in apart[role] if isinstance(rule, AboutLearner) and may else ():
            answer = await ask(reader, api, method, path)
            if answer.status_code != 404:
                yield f"{answer.status_code} to a {role} of somebody else"


async def of(api: Api, role: Role, learner: str) -> Reader:
    """Somebody in that role who has to do with the learner."""
    return await signed_in(api, role, learner=None if role in WHOLE else UUID(learner))


async def unrelated(api: Api, role: Role) -> list[Reader]:
    """Somebody in that role who has not: of this district, where the role is not for all of it, and of another."""
    bound = uuid4() if role in BOUND else None
    readers = [] if role in WHOLE else [await signed_in(api, role, learner=bound)]
    return [*readers, await signed_in(api, role, tenant=api.other, learner=bound)]
