"""Server-rendered pages: they work without JavaScript, on a phone, in print, and for a screen reader."""

from functools import cache
from typing import Any

from fastapi import APIRouter
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from app.web.kit import names, words
from app.web.kit.words import day

__all__ = ["POLICY", "day", "page", "router", "templates"]

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""What a page may load: nothing from elsewhere, and no script."""

router = APIRouter(include_in_schema=False)
router.mount("/assets", StaticFiles(packages=[("app.web", "static")]))


@cache
def templates() -> Environment:
    """The templates: everything put into one is escaped, and a name that is missing is an error."""
    made = Environment(
        loader=PackageLoader("app.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_callables(words.said, words.said_of, newstyle=True)  # type: ignore[attr-defined]
    made.filters.update(words.FILTERS, role=names.role)
    made.globals["language"] = words.language
    return made


def page(
    template: str, *, status: int = 200, policy: str = POLICY, headers: dict[str, str] | None = None, **values: Any
) -> HTMLResponse:
    """A page as an answer. It is kept by no cache but the reader's own, unless `headers` says otherwise."""
    fixed = {"Content-Security-Policy": policy, "Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"}
    return HTMLResponse(templates().get_template(template).render(values), status, {**fixed, **(headers or {})})
