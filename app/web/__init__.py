"""Server-rendered pages: they work without JavaScript, on a phone, in print, and for a screen reader."""

import re
from functools import cache
from typing import Any

from fastapi import APIRouter
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from app.web.kit import emblems, forms, names, words
from app.web.kit.addresses import segment
from app.web.kit.words import day

__all__ = ["POLICY", "day", "page", "router", "templates"]

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""What a page may load: nothing from elsewhere, and no script."""

TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Embeddings, overrides and isolates of direction (Unicode Standard Annex 9): formatting, and no part of any name."""

router = APIRouter(include_in_schema=False)
router.mount("/assets", StaticFiles(packages=[("app.web", "static")]))


def unturned(value: Any) -> Any:
    """A value of a page without characters that turn the text around it: they pass one thing off for another.

    Marks of a single direction, which names are written with, stay.
    """
    if not isinstance(value, str) or value.isascii() or not TURNING.search(value):
        return value
    return type(value)(TURNING.sub("", value))


@cache
def templates() -> Environment:
    """The templates: everything put into one is escaped, and a name that is missing is an error."""
    made = Environment(
        loader=PackageLoader("app.web"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=unturned,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_callables(words.translated, words.translated_plural, newstyle=True)  # type: ignore[attr-defined]
    made.globals["_"] = words.spoken
    made.filters.update(
        words.FILTERS, role=names.role, browser=names.browser, translated=words.translated, segment=segment
    )
    made.filters.update(initials=emblems.initials, hue=emblems.hue)
    made.globals.update(language=words.language, form_token=forms.carried)
    return made


def page(
    template: str, *, status: int = 200, policy: str = POLICY, headers: dict[str, str] | None = None, **values: Any
) -> HTMLResponse:
    """A page as an answer. It is kept by no cache but the reader's own, unless `headers` says otherwise."""
    fixed = {"Content-Security-Policy": policy, "Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"}
    return HTMLResponse(templates().get_template(template).render(values), status, {**fixed, **(headers or {})})
