"""The documentation at /help: a site built beforehand, served as the files it is."""

from fastapi import FastAPI
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.settings import Settings
from app.web import page

POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self' blob:; base-uri 'self'; frame-ancestors 'none'"
)
"""The site's theme starts itself by scripts in its pages; none is of anybody's making but ours."""


class Site(StaticFiles):
    """The files of the site."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, with what it may load."""
        response = await super().get_response(path, scope)
        response.headers["Content-Security-Policy"] = POLICY
        return response


def install(app: FastAPI, settings: Settings) -> None:
    """Serve the site where the operator has one; else a page that says where the documentation is."""
    if settings.help is not None and (settings.help / "index.html").is_file():
        app.add_route("/help", _to_site, include_in_schema=False)
        app.router.mount("/help/", Site(directory=settings.help, html=True))
    else:
        app.add_route("/help", _elsewhere, include_in_schema=False)


async def _to_site(_: object) -> Response:
    return RedirectResponse("/help/", 307)


async def _elsewhere(_: object) -> Response:
    words = "This service has no copy of its documentation. The API reference is at /docs."
    return page("message.html", status=404, title="No documentation here", words=words, owner="Tessera")
