"""Pages for people: who is looking is known, may they is declared by each page, and each form is one of ours.

    @router.get("/sources")
    async def sources(request: Request, viewer: Annotated[Viewer, may("sources.manage")], inside: Inside) -> Response:

    @router.get("/learners/{learner}")
    async def record(request: Request, look: Annotated[Look, about_learner("learner.read", "record page")], …)

A page that declares nothing does not start: `tests/people/test_page_rights.py` asks every route.
"""

import secrets
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import quote, unquote
from uuid import UUID

import structlog
from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from psycopg import DataError, OperationalError
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from app.actor import acting
from app.errors import Denied, DomainError, NotFound, SourceError, TesseraError, place
from app.people import seeing, sessions
from app.people.roles import Permission
from app.people.seeing import VisibleLearner
from app.people.viewer import Viewer
from app.settings import Settings
from app.start import Service
from app.web.kit import error_words, forms
from app.web.kit.cookies import LANGUAGE, SESSION, VISIT, YEAR, brought, name_of, put
from app.web.kit.forms import Posted
from app.web.kit.route import MISTYPED, PageRoute
from app.web.kit.shell import show
from app.web.kit.visitors import Visitors, admit, admit_viewer
from app.web.kit.words import chosen, later, speak

READS = ("GET", "HEAD")
KEPT_NOWHERE = "private, no-store"
"""Whatever a page of people answers, also the way to another: nothing is there to go back to after signing out."""
VISIT_SECONDS = 24 * 3600
FORBIDDEN = later("Your role does not open this page. Ask the district's administrator if you need it.")

AWAY = later("The database cannot be reached. Nothing was stored. Try again in a moment.")
OURS = later("It is our fault, not yours, and stands in our log. Try again later, or tell the operator.")
UNKEPT = later("Something that was sent cannot be stored: a number that is too large, or characters that are no text.")
log = structlog.get_logger("tessera.pages")


class SignInFirst(DomainError):
    """A page for somebody who is signed in, and nobody is."""

    status, type, title = 401, "sign-in", later("Sign in first")


@dataclass(frozen=True, slots=True)
class Look:
    """The viewer's look at one learner, which they may have, and which is written down."""

    viewer: Viewer
    seen: VisibleLearner

    @property
    def learner(self) -> UUID:
        """Who the learner is now."""
        return self.seen.learner


@dataclass(frozen=True, slots=True)
class May:
    """Asks that the viewer may do all of these; with none, that somebody is signed in."""

    permissions: tuple[Permission, ...]

    def __call__(self, request: Request) -> Viewer:
        """The viewer. SignInFirst, or Denied."""
        viewer = viewer_of(request)
        if viewer is None:
            raise SignInFirst(later("Sign in to see this page."))
        if not all(viewer.may(permission) for permission in self.permissions):
            raise Denied(FORBIDDEN, type="no-right", title=later("Not your page"))
        return viewer


@dataclass(frozen=True, slots=True)
class AboutLearner:
    """Asks that the viewer may do this about the learner in the path; reading is noted in the disclosure log."""

    permission: Permission
    what: str

    async def __call__(self, request: Request, learner: UUID) -> Look:
        """The look. SignInFirst, Denied, or NotFound for a learner who is not theirs to see."""
        viewer = May((self.permission,))(request)
        service: Service = request.app.state.service
        async with service.db.transaction(viewer.tenant.id) as tx:
            seen = await seeing.visible_learner(tx, viewer, learner, self.permission, datetime.now(UTC).date())
            if request.method in READS:
                await seeing.note_look(tx, viewer, seen, self.what)
        return Look(viewer, seen)


@dataclass(frozen=True, slots=True)
class Anybody:
    """A page that is meant for anybody, signed in or not."""

    def __call__(self, request: Request) -> Viewer | None:
        """The viewer, if somebody is signed in."""
        return viewer_of(request)


def may(*permissions: Permission) -> Any:
    """Declares that a page is for whoever may do this; without a word, for everybody who is signed in."""
    return Depends(May(permissions))


def about_learner(permission: Permission, what: str) -> Any:
    """Declares that a page is for whoever may do this about the learner in its path; `what` stands in the log."""
    return Depends(AboutLearner(permission, what))


anybody = Depends(Anybody())
"""Declares that a page is for everybody."""


def viewer_of(request: Request) -> Viewer | None:
    """Who is signed in, as the route has found out."""
    return cast("Viewer | None", getattr(request.state, "viewer", None))


def form(request: Request) -> Posted:
    """What was sent with the form, which the route has checked."""
    return cast(Posted, request.state.posted)


class SignedRoute(PageRoute):
    """A page that knows who looks at it. Errors are told as pages, in the reader's language."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The page itself, the way to sign in, or a page that says what is wrong."""
        answer = super(PageRoute, self).get_route_handler()

        async def respond(request: Request) -> Response:
            try:
                await _meet(request)
                _sound(request)
                if request.method not in READS:
                    request.state.posted = await forms.posted(request)
                response = await answer(request)
            except SignInFirst:
                response = _way_in(request)
            except DomainError as why:
                response = _wrong(request, why.status, why.title, error_words.translated(why.detail), why.headers)
            except RequestValidationError:
                response = _wrong(request, 404, later("Page not found"), MISTYPED)
            except HTTPException as why:
                response = _wrong(request, why.status_code, later("This did not work"), str(why.detail))
            except SourceError as why:
                response = _wrong(request, 422, later("The other system did not answer as it should"), str(why))
            except TesseraError as why:
                response = _wrong(request, 422, later("This cannot be done"), str(why))
            except DataError as why:
                _log("value that cannot be stored", request, place(why))
                response = _wrong(request, 422, later("This cannot be done"), UNKEPT)
            except (PoolTimeout, OperationalError) as why:
                _log("database unreachable", request, type(why).__name__)
                response = _wrong(request, 503, later("Not at the moment"), AWAY, {"Retry-After": "5"})
            except Exception as why:  # noqa: BLE001  whatever it is, a person gets a page, and the log no more than where
                _log("unforeseen error", request, place(why))
                response = _wrong(request, 500, later("Something went wrong here"), OURS)
            finally:
                await request.close()
            response.headers.setdefault("Cache-Control", KEPT_NOWHERE)
            return _visited(request, response)

        return respond


async def _meet(request: Request) -> None:
    """Find out who is looking, count their look, and speak their language."""
    service: Service = request.app.state.service
    visitors: Visitors = request.app.state.visitors
    cookie = brought(request, service.settings, SESSION)
    request.state.visit = brought(request, service.settings, VISIT) or secrets.token_urlsafe(18)
    viewer = await sessions.viewer(service.db, service.settings, cookie) if cookie else None
    request.state.viewer = viewer
    wish = viewer.account.language if viewer else None
    speak(chosen(wish, brought(request, service.settings, LANGUAGE), header=request.headers.get("accept-language", "")))
    if viewer is None:
        admit(request, visitors.looks)
    else:
        admit_viewer(visitors, viewer.session.id)
        acting(viewer.actor)


def _sound(request: Request) -> None:
    """NotFound for an address with a NUL in it: nothing is called so, and no database looks for it."""
    if "\0" in request.scope["path"] or "\0" in unquote(request.url.query):
        raise NotFound(MISTYPED)


def _log(event: str, request: Request, error: str) -> None:
    """What went wrong and where, without the words of the error: they may be about people."""
    log.error(event, route=request.scope["route"].path, error=error)


def _visited(request: Request, response: Response) -> Response:
    """Mark a browser that is not signed in, so that its forms have a token."""
    visit = getattr(request.state, "visit", "")
    settings = request.app.state.service.settings
    viewer = viewer_of(request)
    wish = viewer.account.language if viewer else None
    if wish and brought(request, settings, LANGUAGE) != wish and not _sets(response, settings, LANGUAGE):
        put(response, settings, LANGUAGE, wish, seconds=YEAR)  # so that public pages speak it, too
    if visit and viewer is None and brought(request, settings, VISIT) != visit:
        put(response, settings, VISIT, visit, seconds=VISIT_SECONDS)
    return response


def _sets(response: Response, settings: Settings, name: str) -> bool:
    """Whether an answer sets, or drops, a cookie."""
    return any(cookie.startswith(f"{name_of(settings, name)}=") for cookie in response.headers.getlist("set-cookie"))


def _way_in(request: Request) -> Response:
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/login?next={quote(back, safe='/')}" if request.method in READS else "/login", 303)


def _wrong(request: Request, status: int, title: str, words: str, headers: dict[str, str] | None = None) -> Response:
    return show(request, "wrong.html", status=status, headers=headers, heading=title, words=words)
