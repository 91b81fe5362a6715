"""The start: what this is, whether it is well, and the way in; for who is signed in, the way to their pages."""

from importlib.metadata import version

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from app.access import tenants
from app.people.viewer import Viewer
from app.request import Inside
from app.web.kit.cookies import LANGUAGE, YEAR, put
from app.web.kit.shell import navigation, show
from app.web.kit.signed import SignedRoute, anybody, form, viewer_of
from app.web.kit.words import LANGUAGES

router = APIRouter(include_in_schema=False, route_class=SignedRoute)


@router.get("/", dependencies=[anybody])
async def start(request: Request, inside: Inside) -> Response:
    """A page for people; for programs, where the API is described."""
    if "text/html" not in request.headers.get("accept", ""):
        home = inside.settings.home
        about = {"name": "Tessera", "version": version("tessera-records"), "documentation": f"{home}/docs"}
        return JSONResponse({**about, "openapi": f"{home}/openapi.json", "health": f"{home}/readyz"}, headers=VARIES)
    viewer = viewer_of(request)
    if viewer is not None:
        return RedirectResponse(first_page(viewer), 303)
    districts = [row.name for row in await tenants.listed(inside.db)]
    return show(request, "start.html", headers=VARIES, districts=districts, version=version("tessera-records"))


VARIES = {"Vary": "Accept, Cookie"}


def first_page(viewer: Viewer) -> str:
    """Where somebody begins: the first page of their navigation, or what is their own."""
    groups = navigation(viewer, "/")
    return groups[0].links[0].address if groups else "/me"


@router.post("/language", dependencies=[anybody])
async def choose_language(request: Request, inside: Inside) -> Response:
    """Speak another language from now on, in this browser."""
    sent = form(request)
    response = RedirectResponse(local(sent.text("next")), 303)
    if sent.text("language") in LANGUAGES:
        put(response, inside.settings, LANGUAGE, sent.text("language"), seconds=YEAR)
    return response


def local(address: str) -> str:
    """An address of ours to go on to: a path, and never another host."""
    plain = address.startswith("/") and not address.startswith(("//", "/\\")) and "\\" not in address
    return address if plain and address.isprintable() else "/"
