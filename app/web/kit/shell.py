"""The frame around every page for people: who is signed in, where they can go, what is to be said once."""

from collections.abc import Sequence
from typing import Any

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from app.people.viewer import Viewer
from app.start import Service
from app.web import page
from app.web.kit import forms
from app.web.kit.cookies import FLASH, Word, drop, packed, put, unpacked
from app.web.kit.navigation import Group, groups_for
from app.web.kit.words import LANGUAGES

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""What a page for people may load: nothing from elsewhere; the one small script is a file of ours."""
FLASH_SECONDS = 60


def show(
    request: Request,
    template: str,
    *,
    status: int = 200,
    crumbs: Sequence[tuple[str, str]] = (),
    headers: dict[str, str] | None = None,
    policy: str = POLICY,
    **values: Any,
) -> Response:
    """A page in the frame. `crumbs` are the pages above it (words, address), from the top."""
    service: Service = request.app.state.service
    viewer: Viewer | None = getattr(request.state, "viewer", None)
    word = unpacked(service.vault, service.settings, request)
    forms.give(forms.token(service.vault, service.settings, request))
    response = page(
        template,
        status=status,
        policy=policy,
        headers=headers,
        viewer=viewer,
        groups=navigation(viewer, request.url.path),
        crumbs=crumbs,
        flash=word,
        languages=LANGUAGES,
        here=request.url.path,
        **values,
    )
    if word is not None:
        drop(response, service.settings, FLASH)
    return response


def navigation(viewer: Viewer | None, path: str) -> list[Group]:
    """Where the viewer can go from here."""
    return groups_for(viewer.permissions, viewer.roles, path) if viewer else []


def done(request: Request, address: str, words: str, tone: str = "good") -> Response:
    """To another page after something was done, with a word about it that is said there once."""
    service: Service = request.app.state.service
    response = RedirectResponse(address, 303)
    put(response, service.settings, FLASH, packed(service.vault, Word(tone, words[:600])), seconds=FLASH_SECONDS)
    return response


def confirm(
    request: Request,
    *,
    question: str,
    words: str,
    action: str,
    back: str,
    button: str,
    crumbs: Sequence[tuple[str, str]] = (),
    reason: bool = False,
) -> Response:
    """A page that asks before something is done that cannot easily be undone. `reason`: and wants to know why."""
    return show(
        request,
        "confirm.html",
        crumbs=crumbs,
        question=question,
        words=words,
        action=action,
        back=back,
        button=button,
        reason=reason,
    )
