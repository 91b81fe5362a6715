"""The style page: every part that pages are made of, for whoever builds another."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.web.kit.shell import show
from app.web.kit.signed import SignedRoute, anybody

router = APIRouter(include_in_schema=False, route_class=SignedRoute)
BARS = [(n * 7 % 23, "warn" if n % 11 == 10 else "", f"{n * 7 % 23}", f"{n + 1}") for n in range(30)]


@router.get("/style", dependencies=[anybody])
async def style(request: Request) -> Response:
    """All parts, one below the other."""
    return show(request, "style.html", bars=BARS)
