"""The page that a learner comes back to from another host, having said yes or no there."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access import tenants
from app.errors import DomainError, SourceError
from app.request import Inside, Slug
from app.wallet import hosts
from app.web import page
from app.web.kit import error_words
from app.web.kit.route import SpokenRoute
from app.web.kit.visitors import Visitors, admit
from app.web.kit.words import _, later

router = APIRouter(include_in_schema=False, route_class=SpokenRoute)
DONE = later("The school may now fetch your credentials from %(host)s. They will be in your record soon.")
NO = later("Nothing will be fetched. If that was a mistake, ask the school for a new link.")


@router.get("/t/{tenant}/oauth/back")
async def come_back(tenant: Slug, request: Request, inside: Inside) -> Response:
    """Take the host's answer."""
    visitors: Visitors = request.app.state.visitors
    admit(request, visitors.guesses)
    owner = await tenants.by_slug(inside.db, tenant)
    parameters = request.query_params
    if "error" in parameters or not parameters.get("code") or not parameters.get("state"):
        return page("message.html", status=400, title=_("You did not agree"), words=_(NO), owner=owner.name)
    try:
        name = await hosts.finish(inside, owner, parameters["state"], parameters["code"])
    except (DomainError, SourceError) as why:
        words = error_words.translated(why.detail) if isinstance(why, DomainError) else str(why)
        return page("message.html", status=400, title=_("That did not work"), words=_(words), owner=owner.name)
    return page("message.html", title=_("Thank you"), words=_(DONE, host=name), owner=owner.name)
