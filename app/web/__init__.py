"""Server-rendered pages: they work without JavaScript, on a phone, in print, and for a screen reader."""

from datetime import datetime
from functools import cache
from typing import Any

from fastapi import APIRouter
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

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
    made = Environment(loader=PackageLoader("app.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    made.filters["day"] = day
    return made


def page(
    template: str, *, status: int = 200, policy: str = POLICY, headers: dict[str, str] | None = None, **told: Any
) -> HTMLResponse:
    """A page as an answer. It is kept by no cache but the reader's own, unless `headers` says otherwise."""
    fixed = {"Content-Security-Policy": policy, "Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"}
    return HTMLResponse(templates().get_template(template).render(told), status, {**fixed, **(headers or {})})


def day(moment: Any) -> str:
    """A moment (or its ISO text) as a day a person reads: 3 October 2026."""
    value = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return f"{value.day} {value:%B %Y}"
