"""What programs offer: projects, events, playlists that lead to a badge, internships, passion projects.

Pure.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from app.programs.rubric import Part

OfferKind = Literal["project", "event", "playlist", "internship", "passion project", "club"]
STAGES = ("passion", "pitch", "plan", "project", "product", "presentation")
"""The stages of a passion project."""


class Experience(Part, frozen=True):
    """A step of a playlist: what is to be done, and what has to be handed in for it."""

    title: str
    description: str | None = None
    requirements: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()


class Offer(Part, frozen=True):
    """Something learners can take part in. What is free has a `cost` of 0; `transport` says how one gets there."""

    kind: OfferKind
    title: str
    description: str | None = None
    place: str | None = None
    begins: datetime | None = None
    ends: datetime | None = None
    capacity: int | None = None
    cost: float = 0
    transport: str | None = None
    youngest: int | None = None
    oldest: int | None = None
    hours: float | None = None
    career_cluster: str | None = None
    achievements: tuple[UUID, ...] = ()
    experiences: tuple[Experience, ...] = ()


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


def fits(offer: Offer, *, age: int | None, free: bool, words: str) -> bool:
    """Whether an offer is what a family looks for: for this age, without cost, with these words in it."""
    if age is not None and not (offer.youngest or 0) <= age <= (offer.oldest or 200):
        return False
    if free and offer.cost:
        return False
    text = " ".join(filter(None, (offer.title, offer.description, offer.place, offer.transport))).casefold()
    return all(word in text for word in words.casefold().split())
