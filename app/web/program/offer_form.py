"""The form of what a program offers: what stands in it, and the offer that it says."""

from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import msgspec
from msgspec import structs

from app.errors import Invalid
from app.programs import offers
from app.programs.catalogue import OpportunityRow
from app.programs.offers import Experience, Offer, OfferKind
from app.web.kit.forms import Posted
from app.web.kit.words import _
from app.web.public.opportunities_page import DAYS

NAMES = (
    "kind",
    "title",
    "description",
    "place",
    "on",
    "opens",
    "closes",
    "transport",
    "cost",
    "youngest",
    "oldest",
    "hours",
    "career_cluster",
    "capacity",
    "steps",
)
FIELDS = {"/ends": "on", "/oldest": "oldest", "/opens": "opens", "/closes": "closes", "/experiences": "steps"} | {
    "/hours": "hours",
    "/capacity": "capacity",
}


def filled(sent: Posted | None, changing: OpportunityRow | None) -> dict[str, Any]:
    """What stands in the form: what was sent, or else what is offered; boxes that are ticked as lists."""
    if sent is not None:
        ticked = {name: sent.many(name) for name in ("days", "reach", "achievement")}
        return {name: sent.text(name) for name in NAMES} | ticked | {"online": sent.flag("online")}
    if changing is None:
        return {}
    offer = offers.read(changing.body)
    values = {
        "kind": offer.kind,
        "title": offer.title,
        "description": offer.description,
        "place": offer.place,
        "on": offer.begins and offer.begins.date().isoformat(),
        "opens": offer.opens,
        "closes": offer.closes,
        "transport": offer.transport,
        "cost": f"{offer.cost:g}" if offer.cost else None,
        "youngest": offer.youngest,
        "oldest": offer.oldest,
        "hours": offer.hours and f"{offer.hours:g}",
        "career_cluster": offer.career_cluster,
        "capacity": offer.capacity,
        "steps": "\n".join(map(_line, offer.experiences)),
        "days": list(offer.days),
        "reach": list(offer.reach),
        "achievement": list(map(str, offer.achievements)),
        "online": offer.online,
    }
    return {name: value for name, value in values.items() if value is not None}


def _line(step: Experience) -> str:
    """An experience as a line of the form."""
    return f"{step.title}: {'; '.join(step.requirements)}" if step.requirements else step.title


def changed(offer: Offer, form_offer: Offer) -> Offer:
    """An offer as a form says it anew, with what no form asks for as it was."""
    before = {(step.title, step.requirements): step for step in offer.experiences}
    steps = tuple(before.get((step.title, step.requirements), step) for step in form_offer.experiences)
    same_day = offer.begins and form_offer.begins and offer.begins.date() == form_offer.begins.date()
    return structs.replace(
        form_offer,
        begins=offer.begins if same_day and form_offer.opens == offer.opens else form_offer.begins,
        ends=offer.ends if same_day or not form_offer.begins else None,
        experiences=steps,
    )


def offer_of(sent: Posted) -> Offer:
    """What is offered, as a form says it. Invalid names the field."""
    if not sent.text("title"):
        raise Invalid(_("Say what it is called."), pointers={"/title": "missing"})
    day, opens = sent.day("on"), sent.text("opens") or None
    return Offer(
        kind=_kind(sent.text("kind")),
        title=sent.text("title")[:255],
        description=sent.text("description")[:20_000] or None,
        place=sent.text("place")[:255] or None,
        begins=_moment(day, opens),
        cost=_dollars(sent.text("cost")),
        transport=sent.text("transport")[:255] or None,
        online=sent.flag("online"),
        days=tuple(day for day in DAYS if day in sent.many("days")),
        opens=opens,
        closes=sent.text("closes") or None,
        reach=tuple(school[:255] for school in sent.many("reach")[:200]),
        youngest=_age(sent.whole("youngest")),
        oldest=_age(sent.whole("oldest")),
        hours=_hours(sent.text("hours")),
        career_cluster=sent.text("career_cluster")[:255] or None,
        capacity=_capacity(sent.whole("capacity")),
        achievements=tuple(UUID(choice) for choice in sent.many("achievement") if _is_id(choice)),
        experiences=tuple(_step(line) for line in sent.text("steps").splitlines()[:100] if line.strip()),
    )


def _kind(text: str) -> OfferKind:
    try:
        kind: OfferKind = msgspec.convert(text or "project", OfferKind)
    except msgspec.ValidationError:
        raise Invalid(_("Choose what it is."), pointers={"/kind": "missing"}) from None
    return kind


def _step(line: str) -> Experience:
    """An experience from a line: `Wire a lamp: a photo; a drawing` is one with two requirements."""
    title, _colon, needs = line.partition(":")
    return Experience(
        title.strip()[:255] or line.strip()[:255], requirements=tuple(filter(None, map(str.strip, needs.split(";"))))
    )


def _moment(day: date | None, opens: str | None) -> datetime | None:
    if day is None:
        return None
    clock = time.fromisoformat(opens) if opens and offers.CLOCK.fullmatch(opens) else time(12)
    return datetime.combine(day, clock, UTC)


def _dollars(text: str) -> float:
    try:
        cost = float(text.removeprefix("$").replace(",", ".") or 0)
    except ValueError:
        cost = -1
    if not 0 <= cost <= 100_000:
        raise Invalid(_("Give the cost in dollars, like 12.50; nothing if it is free."), pointers={"/cost": "dollars"})
    return cost


def _hours(text: str) -> float | None:
    try:
        hours = float(text.replace(",", ".")) if text else None
    except ValueError:
        hours = -1
    if hours is not None and not 0 < hours <= 10_000:
        raise Invalid(_("Give the hours as a number, like 40."), pointers={"/hours": "hours"})
    return hours


def _capacity(places: int | None) -> int | None:
    if places is not None and not 1 <= places <= 100_000:
        raise Invalid(_("Give the places as a number, like 20."), pointers={"/capacity": "places"})
    return places


def _age(years: int | None) -> int | None:
    if years is not None and not 0 <= years <= 120:
        raise Invalid(_("An age is a number of years."), pointers={"/oldest": "years"})
    return years


def _is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False
