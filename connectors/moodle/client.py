"""How Moodle is read: by functions of its web services, each asked with a form and never with a token in an address.

Moodle answers errors with status 200 and an object that names an exception. A function that only reads may be asked
again, so it is asked as a GET, and `_Form` makes a form of it on its way.
"""

from collections.abc import AsyncIterator, Callable, Generator, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import httpx
import msgspec
from pydantic import Field, SecretStr

from connectors import HttpSettings, Page, Pull
from connectors.errors import SourceDenied, Unavailable
from connectors.kit import ask, members, records
from connectors.kit import client as guarded

SERVICE = "/webservice/rest/server.php"
SYSTEM = "1"  # the id of the context that all others are in
GUEST = "guest"
DRAFTS = frozenset({0, 3, 4})  # the statuses of a plan not begun: a draft, one that waits for review, one in review
_START = ""  # the cursor that a finished walk leaves: the next one begins with the first user
_NO_RIGHTS = frozenset({"invalidtoken", "accessexception", "nopermissions", "requireloginerror", "servicenotavailable"})
_GONE = frozenset({"invalidrecordunknown", "invalidrecord", "invaliduser"})

T = TypeVar("T")


class MoodleSettings(HttpSettings):
    """A Moodle site, and the token to read it with."""

    token: SecretStr = Field(
        description="the token of a web service user (Site administration → Server → Web services)"
    )


class _Form(httpx.Auth):
    """Asks with a form: the parameters of the address, and the token beside them."""

    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        fields = {**request.url.params, "wstoken": self._token, "moodlewsrestformat": "json"}
        address = request.url.copy_with(query=None)
        yield httpx.Request("POST", address, headers=request.headers, data=fields, extensions=request.extensions)


class _Gone(Unavailable):
    """What was asked for is not there any more."""


class _User(msgspec.Struct):
    id: int
    username: str = ""


class _Id(msgspec.Struct):
    id: int
    status: int = 1


class _Rated(msgspec.Struct):
    competency: _Id
    usercompetencyplan: dict[str, Any] | None = None


def client(settings: MoodleSettings) -> httpx.AsyncClient:
    """An HTTP client that carries the token in the form."""
    return guarded(settings, auth=_Form(settings.token.get_secret_value()))


async def check(http: httpx.AsyncClient) -> str:
    """Tell which site it is. SourceDenied where the token is refused."""
    site = members(await _call(http, "core_webservice_get_site_info"))
    name, release = (msgspec.json.decode(site.get(key, msgspec.Raw(b'"?"'))) for key in ("sitename", "release"))
    return f"the token reads {name} (Moodle {release})"


async def _call(http: httpx.AsyncClient, function: str, **params: Any) -> bytes:
    """What a function answers. SourceDenied, Unavailable or _Gone where that is an error."""
    content = (await ask(http, SERVICE, {"wsfunction": function, **params})).content
    if content.lstrip()[:1] != b"{":
        return content
    said = members(content)
    if "exception" not in said:
        return content
    code, words = (str(msgspec.json.decode(said.get(key, msgspec.Raw(b'""')))) for key in ("errorcode", "message"))
    what = f"{function} answered {code} ('{words[:160]}')"
    if code in _NO_RIGHTS:
        raise SourceDenied(f"{what}: give the token's user the functions and rights that the connector's README lists")
    if code in _GONE:
        raise _Gone(what)
    raise Unavailable(what)


def _read(body: bytes, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.MsgspecError, RecursionError) as why:
        raise Unavailable(f"Moodle answered with what it does not usually say: {why}") from None


async def users(http: httpx.AsyncClient, _cursor: str | None) -> AsyncIterator[Page]:
    """Everybody who has an account, but the guest. Whom Moodle has deleted it does not list."""
    found = await _call(http, "core_user_get_users", **{"criteria[0][key]": "email", "criteria[0][value]": "%"})
    yield Page([body for body in records(found, "users") if _read(body, _User).username != GUEST])


async def frameworks(http: httpx.AsyncClient, _cursor: str | None) -> AsyncIterator[Page]:
    """The site's competency frameworks, those of its course categories too."""
    asked = {"context[contextid]": SYSTEM, "includes": "children"}
    yield Page(records(await _call(http, "core_competency_list_competency_frameworks", **asked)))


async def competencies(http: httpx.AsyncClient, cursor: str | None) -> AsyncIterator[Page]:
    """The competencies of each framework."""
    async for page in frameworks(http, cursor):
        for body in page.records:
            one = {"filters[0][column]": "competencyframeworkid", "filters[0][value]": str(_read(body, _Id).id)}
            yield Page(records(await _call(http, "core_competency_list_competencies", **one)))


def _of_users(read: Callable[[httpx.AsyncClient, int], Any]) -> Pull:
    """What is asked for user by user, by rising id; the cursor is the last one read whole."""

    async def pull(http: httpx.AsyncClient, cursor: str | None) -> AsyncIterator[Page]:
        ids = sorted([_read(body, _User).id async for page in users(http, None) for body in page.records])
        for user in ids:
            if user > int(cursor or 0):
                try:
                    found = await read(http, user)
                except _Gone:  # since the users were listed
                    found = []
                yield Page(found, cursor=str(user))
        yield Page([], cursor=_START)

    return pull


async def _ratings(http: httpx.AsyncClient, user: int) -> Sequence[bytes]:
    """What is in a user's plans, in an envelope with a key and whose it is.

    A rating in a plan under way is the user's own in that competency, whichever plan it is seen in; one in a completed
    plan is what it was then.
    """
    found = []
    for plan in map(_plan, records(await _call(http, "core_competency_list_user_plans", userid=user))):
        if plan.status not in DRAFTS:
            with suppress(_Gone):  # since the plans were listed: the user's others stand
                rated = records(await _call(http, "core_competency_list_plan_competencies", id=plan.id))
                found += [_envelope(user, plan.id, body) for body in rated]
    return found


def _plan(body: bytes) -> _Id:
    return _read(body, _Id)


def _envelope(user: int, plan: int, body: bytes) -> bytes:
    """The rating's own bytes, with a key and the user beside them."""
    rated = _read(body, _Rated)
    key = f"{user}/{rated.competency.id}" + (f"/{plan}" if rated.usercompetencyplan else "")
    return msgspec.json.encode({"id": key, "user": user})[:-1] + b',"rating":' + body + b"}"


async def _evidence(http: httpx.AsyncClient, user: int) -> Sequence[bytes]:
    return records(await _call(http, "tool_lp_data_for_user_evidence_list_page", userid=user), "evidence")


ratings = _of_users(_ratings)
evidence = _of_users(_evidence)
