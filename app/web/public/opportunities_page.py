"""The catalogue: what programs offer, found by place, way there, cost, age and time, without an account."""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import QueryParams
from starlette.responses import Response

from app.access import tenants
from app.programs import catalogue, offers
from app.programs.offers import PARTS, WEEKDAYS, PartOfDay, Search, Weekday
from app.request import Inside, Slug
from app.web.kit.shell import show
from app.web.kit.signed import SignedRoute, anybody
from app.web.kit.words import _, later

router = APIRouter(prefix="/t/{tenant}", include_in_schema=False, route_class=SignedRoute)
KINDS = {
    "project": later("Project"),
    "event": later("Event"),
    "playlist": later("Playlist"),
    "internship": later("Internship"),
    "passion project": later("Passion project"),
    "club": later("Club"),
}
DAYS: dict[Weekday, str] = {
    "mon": later("Monday"),
    "tue": later("Tuesday"),
    "wed": later("Wednesday"),
    "thu": later("Thursday"),
    "fri": later("Friday"),
    "sat": later("Saturday"),
    "sun": later("Sunday"),
}
PART_WORDS: dict[PartOfDay, str] = {
    "morning": later("In the morning"),
    "afternoon": later("In the afternoon"),
    "evening": later("In the evening"),
}
COSTS = (0, 25, 100)
"""Up to so many dollars."""
FIELDS = ("q", "age", "cost", "place", "school", "transport", "day", "part")


@router.get("/opportunities", dependencies=[anybody])
async def search(tenant: Slug, request: Request, inside: Inside) -> Response:
    """What there is to do."""
    owner = await tenants.by_slug(inside.db, tenant)
    async with inside.db.transaction(owner.id) as tx:
        offered = await catalogue.offered(tx, datetime.now(UTC))
    query = request.query_params
    search = _search(query)
    fitting = [offering for offering in offered if offers.fits(offering.offer, offering.schools, search)]
    places = sorted({offering.offer.place for offering in offered if offering.offer.place})
    schools = sorted({school for offering in offered for school in (offering.offer.reach or offering.schools)})
    values: dict[str, Any] = {
        "asked": {name: query.get(name, "")[:200] for name in FIELDS},
        "kinds": KINDS,
        "days": [(key, _(words)) for key, words in DAYS.items()],
        "day_words": DAYS,
        "parts": [(key, _(words)) for key, words in PART_WORDS.items()],
        "costs": [(str(cost), _("Free") if not cost else _("Up to $%(cost)s", cost=cost)) for cost in COSTS],
        "places": [(place, place) for place in places],
        "schools": [(school, school) for school in schools],
        "all": len(offered),
    }
    return show(request, "program/catalogue.html", district=owner.name, tenant=tenant, offers=fitting, **values)


def _search(query: QueryParams) -> Search:
    """What is looked for; what makes no sense is left out."""
    age, cost, day, part = (query.get(name, "") for name in ("age", "cost", "day", "part"))
    return Search(
        words=query.get("q", "")[:200],
        age=int(age) if age.isascii() and age.isdigit() and len(age) < 4 else None,
        most=float(cost) if cost.isascii() and cost.isdigit() and len(cost) < 7 else None,
        place=query.get("place", "")[:255],
        school=query.get("school", "")[:255],
        transport=bool(query.get("transport")),
        day=next((weekday for weekday in WEEKDAYS if weekday == day), None),
        part=next((name for name in PARTS if name == part), None),
    )
