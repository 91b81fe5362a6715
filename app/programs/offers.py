"""What programs offer: projects, events, playlists that lead to a badge, internships, passion projects.

Pure.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

import msgspec

from app.programs.rubric import Part
from schemas.records import share_defaults

OfferKind = Literal["project", "event", "playlist", "internship", "passion project", "club"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
PartOfDay = Literal["morning", "afternoon", "evening"]
PARTS: dict[PartOfDay, tuple[str, str]] = {
    "morning": ("00:00", "12:00"),
    "afternoon": ("12:00", "17:00"),
    "evening": ("17:00", "24:00"),
}
"""When each part of a day begins and ends."""
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
ANYTIME: frozenset[OfferKind] = frozenset({"playlist", "passion project"})
"""What learners do in their own time, unless it says when."""


class Experience(Part, frozen=True):
    """A step of a playlist: what is to be done, and what has to be handed in for it."""

    title: str
    description: str | None = None
    requirements: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()


class Offer(Part, frozen=True):
    """Something learners can take part in. What is free has a `cost` of 0; `transport` says how one gets there.

    `days` and `opens` to `closes` (24 hours) are when it is week by week. `reach` are the schools from which learners
    get there, on foot or by its transport; without any, those that its program serves. What is `online` is everywhere.
    `hours` is how long it is in all; `career_cluster` the field of work that it shows.
    """

    kind: OfferKind
    title: str
    description: str | None = None
    place: str | None = None
    begins: datetime | None = None
    ends: datetime | None = None
    capacity: int | None = None
    cost: float = 0.0
    transport: str | None = None
    online: bool = False
    days: tuple[Weekday, ...] = ()
    opens: str | None = None
    closes: str | None = None
    reach: tuple[str, ...] = ()
    youngest: int | None = None
    oldest: int | None = None
    hours: float | None = None
    career_cluster: str | None = None
    achievements: tuple[UUID, ...] = ()
    experiences: tuple[Experience, ...] = ()

    def __post_init__(self) -> None:
        """See `share_defaults`."""
        share_defaults(self)


read = msgspec.json.Decoder(Offer).decode
written = msgspec.json.Encoder(order="deterministic").encode


def wrongs(offer: Offer, own: Collection[UUID]) -> Iterator[tuple[str, str]]:
    """(JSON Pointer, what is wrong) of an offer; `own` are the program's achievements."""
    if offer.begins and offer.ends and offer.ends < offer.begins:
        yield "/ends", "it ends before it begins"
    if offer.youngest is not None and offer.oldest is not None and offer.oldest < offer.youngest:
        yield "/oldest", "it is less than the youngest"
    for index, achievement in enumerate(offer.achievements):
        if achievement not in own:
            yield f"/achievements/{index}", "the program has no such achievement"
    if offer.kind == "playlist" and not offer.experiences:
        yield "/experiences", "a playlist has at least one experience"


@dataclass(frozen=True, slots=True)
class Search:
    """What a family looks for; what is left out does not matter. `most` is the cost they would bear, in dollars."""

    words: str = ""
    age: int | None = None
    most: float | None = None
    place: str = ""
    school: str = ""
    transport: bool = False
    day: Weekday | None = None
    part: PartOfDay | None = None


def fits(offer: Offer, schools: Collection[str], search: Search) -> bool:
    """Whether an offer is what a family looks for; `schools` are those its program serves."""
    if search.age is not None and not (offer.youngest or 0) <= search.age <= (offer.oldest or 200):
        return False
    if search.most is not None and offer.cost > search.most:
        return False
    if search.place and (offer.place or "").casefold() != search.place.casefold():
        return False
    if search.school and not reaches(offer, schools, search.school):
        return False
    if search.transport and not (offer.online or offer.transport):
        return False
    return _in_time(offer, search.day, search.part) and _says(offer, search.words)


def reaches(offer: Offer, schools: Collection[str], school: str) -> bool:
    """Whether learners of a school get there: it says so, or its program serves the school, or it is online."""
    return offer.online or school.casefold() in {name.casefold() for name in offer.reach or schools}


def over(offer: Offer, now: datetime) -> bool:
    """Whether it is over: by its end, or, an event without one, a day after it began."""
    if offer.ends is not None:
        return offer.ends < now
    return offer.kind == "event" and offer.begins is not None and (now - offer.begins).days >= 1


def _in_time(offer: Offer, day: Weekday | None, part: PartOfDay | None) -> bool:
    """Whether it is on that day of the week and in that part of the day; what has no time of its own always is."""
    days = offer.days or ((WEEKDAYS[offer.begins.weekday()],) if offer.begins and offer.kind == "event" else ())
    opens = offer.opens or (f"{offer.begins:%H:%M}" if offer.begins and offer.kind == "event" else None)
    always = offer.kind in ANYTIME or offer.online
    if day is not None and not (day in days or (always and not days)):
        return False
    if part is None:
        return True
    begins, ends = PARTS[part]
    return begins <= opens < ends if opens is not None else always


def _says(offer: Offer, words: str) -> bool:
    text = " ".join(filter(None, (offer.title, offer.description, offer.place, offer.transport))).casefold()
    return all(word in text for word in words.casefold().split())
