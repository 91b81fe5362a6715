"""How a function of Moodle's web services is called: with a form, several in one request where the service allows it.

Moodle answers errors with status 200 and an object that names an exception. A function that only reads may be asked
again, so it is asked as a GET, and `_Form` makes a form of it on its way.
"""

from collections.abc import Container, Generator, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import httpx
import msgspec
from pydantic import Field, SecretStr, field_validator

from connectors import HttpSettings
from connectors.errors import RightsLacking, SourceDenied, SourceError, Unavailable
from connectors.kit import ask, members
from connectors.kit import client as guarded
from connectors.kit.cache import cached
from connectors.kit.guard import place
from connectors.kit.zones import zone
from schemas.codes import RoleName

SERVICE = "/webservice/rest/server.php"
SITE_INFO = "core_webservice_get_site_info"
TOGETHER = "tool_mobile_call_external_functions"
"""Moodle's own way of calling several functions in one request (3.7 or later, made for its app)."""

MOST = 40  # functions in one request
_REFUSED = frozenset({"invalidtoken", "accessexception", "servicenotavailable"})  # the token, or its service
_FORBIDDEN = frozenset(
    {
        "nopermissions",
        "requireloginerror",
        "errorcoursecontextnotvalid",
        "nopermissiontoviewgrades",
        "notingroup",
        "usernotincourse",
    }
)  # one object: a course, a user
_GONE = frozenset({"invalidrecordunknown", "invalidrecord", "invaliduser", "guestsarenotallowed"})
_SUSPENDED = "suspended"  # a suspended account, of which Moodle reports nothing by itself
_NOT_GRADABLE = "invaliduser"  # the words of a "coding error" with which a report answers who is no learner of a course

T = TypeVar("T")
Call = tuple[str, Mapping[str, Any]]


class MoodleSettings(HttpSettings):
    """A Moodle site, and the token to read it with."""

    token: SecretStr = Field(
        description="the token of a web service user (Site administration → Server → Web services)"
    )
    roles: dict[str, RoleName] = Field(
        default_factory=dict, description="what roles of your own mean, by short name: {'coteacher': 'teacher'}"
    )
    time_zone: str | None = Field(
        None, description="the site's time zone, e.g. America/Denver, in which its days are told; none: UTC"
    )

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, name: str | None) -> str | None:
        if name and zone(name) is None:
            raise ValueError(f"time_zone: '{name[:40]}' is no time zone (write it like America/Denver)")
        return name


class Gone(Unavailable):
    """Moodle says that what was asked for is not there. Whether it is gone, only its list can say.

    `id` is that of the object, where it was one of several.
    """

    id: int = 0


class Ungradable(Unavailable):
    """Who is no learner of a course, or whose account is suspended, has nothing to be reported there."""


class Forbidden(RightsLacking):
    """One object may not be seen; others may."""


class Faulty(Unavailable):
    """Moodle failed over one object: a course whose gradebook it cannot put together, a record it cannot read."""


class Site(msgspec.Struct):
    """What a token is told of its site."""

    sitename: str = "?"
    release: str = "?"
    userid: int = 0
    functions: list["Function"] = []
    date: str = ""  # when it said so, by its own clock

    @property
    def names(self) -> frozenset[str]:
        """The functions the token's service has."""
        return frozenset(function.name for function in self.functions)


class Function(msgspec.Struct):
    name: str


class _Answer(msgspec.Struct):
    error: bool = False
    data: str | None = None
    exception: str | None = None


class _Answers(msgspec.Struct):
    responses: list[_Answer]


class _Fault(msgspec.Struct):
    errorcode: str = ""
    message: str = ""
    debuginfo: str | None = None


class _Form(httpx.Auth):
    """Asks with a form: the parameters of the address, and the token beside them."""

    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        fields = {**request.url.params, "wstoken": self._token, "moodlewsrestformat": "json"}
        address = request.url.copy_with(query=None)
        answer = yield httpx.Request(
            "POST", address, headers=request.headers, data=fields, extensions=request.extensions
        )
        if answer.has_redirect_location:
            raise Unavailable(
                f"{place(address)} redirects: not following, for the form would be lost on the way"
                " (is base_url the address the site itself uses, https and path and all?)"
            )


def client(settings: MoodleSettings) -> httpx.AsyncClient:
    """An HTTP client that carries the token in the form."""
    return guarded(settings, auth=_Form(settings.token.get_secret_value()))


def read(body: bytes, shape: type[T]) -> T:
    """The parts of an answer that the walk needs; the answer itself goes on as it is."""
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.MsgspecError, RecursionError) as why:
        raise Unavailable(f"Moodle answered with what it does not usually say: {why}") from None


async def site(http: httpx.AsyncClient) -> Site:
    """Which site it is, who the token's user is, and which functions their service has. Asked once in a run."""

    async def fetch() -> Site:
        answer = await _answer(http, SITE_INFO, {})
        info = read(answer.content, Site)
        info.date = answer.headers.get("date", "")
        return info

    return await cached(http, SITE_INFO, fetch)


async def call(http: httpx.AsyncClient, function: str, params: Mapping[str, Any] | None = None) -> bytes:
    """What a function answers. SourceDenied, Unavailable or Gone where that is an error."""
    return (await _answer(http, function, params or {})).content


async def _answer(http: httpx.AsyncClient, function: str, params: Mapping[str, Any]) -> httpx.Response:
    answer = await ask(http, SERVICE, {"wsfunction": function, **dict(_form(params))})
    if answer.content.lstrip()[:1] == b"{" and "exception" in members(answer.content):
        raise _fault(function, read(answer.content, _Fault))
    return answer


async def calls(
    http: httpx.AsyncClient, requested: Sequence[Call], refused: list[SourceError] | None = None
) -> list[bytes | None]:
    """What each call answers, in as few requests as the service allows; None of who is no learner of a course.

    With `refused`, an object that is not there, may not be seen or cannot be told is None too, and what Moodle said of
    it is there; without, that is raised.
    """
    if len(requested) > 1 and TOGETHER in (await site(http)).names:
        return await _together(http, requested, refused)
    answers: list[bytes | None] = []
    for function, params in requested:
        try:
            answers.append(await call(http, function, params))
        except SourceError as fault:
            _pass_over(fault, params, refused)
            answers.append(None)
    return answers


async def _together(
    http: httpx.AsyncClient, requested: Sequence[Call], refused: list[SourceError] | None
) -> list[bytes | None]:
    """Moodle stops at the first call that fails: those after it are asked for again."""
    answers: list[bytes | None] = []
    while len(answers) < len(requested):
        part = requested[len(answers) : len(answers) + MOST]
        requests = [
            {"function": function, "arguments": msgspec.json.encode(params).decode()} for function, params in part
        ]
        responses = read(await call(http, TOGETHER, {"requests": requests}), _Answers).responses[: len(part)]
        if not responses:
            raise Unavailable(f"{TOGETHER} was asked for {len(part)} functions and answered none")
        for (function, params), answer in zip(part, responses, strict=False):
            if answer.error:
                _pass_over(_fault(function, read((answer.exception or "{}").encode(), _Fault)), params, refused)
            answers.append(None if answer.error else (answer.data or "null").encode())
    return answers


def _pass_over(fault: SourceError, params: Mapping[str, Any], refused: list[SourceError] | None) -> None:
    """Pass over who cannot be graded and, where the caller notes it, what Moodle does not tell; else raise."""
    if isinstance(fault, Ungradable):
        return
    if refused is None or not isinstance(fault, Gone | Forbidden | Faulty):
        raise fault
    numbers = {name: value for name, value in params.items() if isinstance(value, int)}
    which = ", ".join(f"{name} {value}" for name, value in numbers.items())
    noted = type(fault)(f"{which}: {fault}")
    if isinstance(noted, Gone):
        noted.id = next(iter(numbers.values()), 0)
    refused.append(noted)


def but_gone(refused: Sequence[SourceError], listed: Container[int]) -> list[SourceError]:
    """What was refused, without what is gone indeed: that which its list, asked again, does not have any more."""
    return [
        Faulty(f"{fault}, and lists it all the same") if isinstance(fault, Gone) else fault
        for fault in refused
        if not isinstance(fault, Gone) or fault.id in listed
    ]


def _fault(function: str, exception: _Fault) -> SourceError:
    """The error that an exception of Moodle's means."""
    what = f"{function} answered {exception.errorcode} ('{exception.message[:160]}')"
    advice = f"{what}: give the token's user the functions and rights that the connector's README lists"
    if exception.errorcode in _REFUSED:
        return SourceDenied(advice)
    if exception.errorcode in _FORBIDDEN:
        return Forbidden(advice)
    words = exception.message + (exception.debuginfo or "")
    if exception.errorcode == _SUSPENDED or (exception.errorcode == "codingerror" and _NOT_GRADABLE in words):
        return Ungradable(what)
    if exception.errorcode in _GONE:
        return Gone(what)
    return Faulty(what)


def _form(params: Mapping[str, Any] | Sequence[Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Nested parameters as PHP reads them: `criteria[0][key]`."""
    pairs = params.items() if isinstance(params, Mapping) else enumerate(params)
    for name, value in pairs:
        place = f"{path}[{name}]" if path else str(name)
        if isinstance(value, Mapping | list | tuple):
            yield from _form(value, place)
        else:
            yield place, str(int(value)) if isinstance(value, bool) else str(value)
