"""Playlists as JSON, in the shape LRNG made known: experiences with requirements, which lead to a badge.

LRNG published no schema: names that its exports and those of its like use are read, and one of each is written.

Pure.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.errors import Invalid
from app.programs.offers import Experience, Offer
from app.programs.rubric import Definition

MOST_BYTES = 512 * 1024
MOST = 100
SHORT, LONG = 255, 20_000
TITLES = ("title", "name", "headline")
WORDS = ("description", "summary", "text", "body", "narrative")
STEPS = ("experiences", "xps", "xp", "steps", "items", "activities")
NEEDS = ("requirements", "tasks", "submissions", "objectives")
AIDS = ("resources", "links", "attachments")


@dataclass(frozen=True, slots=True)
class Badge:
    """The badge that a playlist leads to, as its file describes it."""

    name: str
    description: str
    criteria: str

    def definition(self) -> Definition:
        """The badge as an achievement that a program may define."""
        return Definition(name=self.name, description=self.description, criteria=self.criteria)


@dataclass(frozen=True, slots=True)
class Playlist:
    """A playlist as a file tells it: what is offered, and the badge it leads to, if any."""

    offer: Offer
    badge: Badge | None


def read(content: bytes | str) -> list[Playlist]:
    """The playlists of a file: one, a list, or an object with either. Invalid says what lacks, and where."""
    if len(content) > MOST_BYTES:
        raise Invalid(f"The file is larger than {MOST_BYTES // 1024} kB: import it by parts.")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise Invalid("This is no JSON: choose the file that was exported.") from None
    inner = document
    if isinstance(document, dict):
        inner = document.get("playlists", document.get("playlist", document))
    listed = inner if isinstance(inner, list) else [inner]
    if not listed or len(listed) > MOST:
        raise Invalid(f"One to {MOST} playlists are expected.")
    return [
        _playlist(entry, f"/{position}" if isinstance(inner, list) else "") for position, entry in enumerate(listed)
    ]


def written(offer: Offer, badges: Mapping[UUID, Definition]) -> bytes:
    """A playlist as a file, with the badge it leads to."""
    badge = next((badges[achievement] for achievement in offer.achievements if achievement in badges), None)
    playlist: dict[str, Any] = {
        "title": offer.title,
        **({"description": offer.description} if offer.description else {}),
        "experiences": [
            {
                "title": experience.title,
                **({"description": experience.description} if experience.description else {}),
                "requirements": [{"title": need} for need in experience.requirements],
                "resources": [{"url": aid} for aid in experience.resources],
            }
            for experience in offer.experiences
        ],
    }
    if badge is not None:
        playlist["badge"] = {"title": badge.name, "description": badge.description, "criteria": badge.criteria}
    return json.dumps({"playlist": playlist}, ensure_ascii=False, indent=2).encode()


def _playlist(entry: Any, pointer: str) -> Playlist:
    if not isinstance(entry, dict):
        raise Invalid("A playlist is an object with a title and experiences.", pointers={pointer or "/": "an object"})
    steps = _list(entry, STEPS)
    title = _text(entry, TITLES, SHORT)
    if not title or not steps:
        lacking = "/title" if not title else "/experiences"
        raise Invalid(
            "A playlist has a title and at least one experience.", pointers={f"{pointer}{lacking}": "missing"}
        )
    experiences = tuple(
        _experience(step, f"{pointer}/experiences/{position}") for position, step in enumerate(steps[:MOST])
    )
    offer = Offer(kind="playlist", title=title, description=_text(entry, WORDS, LONG), experiences=experiences)
    return Playlist(offer, _badge(entry.get("badge")))


def _experience(entry: Any, pointer: str) -> Experience:
    if isinstance(entry, str):
        entry = {"title": entry}
    title = _text(entry, TITLES, SHORT) if isinstance(entry, dict) else None
    if not title:
        raise Invalid("An experience has a title.", pointers={f"{pointer}/title": "missing"})
    return Experience(
        title,
        _text(entry, WORDS, LONG),
        _texts(_list(entry, NEEDS), (*TITLES, *WORDS)),
        _texts(_list(entry, AIDS), ("url", "href", "link", *TITLES)),
    )


def _badge(entry: Any) -> Badge | None:
    if isinstance(entry, str):
        entry = {"title": entry}
    if isinstance(entry, list):
        entry = entry[0] if entry else None
    name = _text(entry, TITLES, SHORT) if isinstance(entry, dict) else None
    if not name:
        return None
    description = _text(entry, WORDS, LONG) or name
    criteria = entry.get("criteria")
    narrative = criteria.get("narrative") if isinstance(criteria, dict) else criteria
    return Badge(
        name, description, narrative.strip()[:LONG] if isinstance(narrative, str) and narrative.strip() else description
    )


def _text(entry: Mapping[str, Any], names: tuple[str, ...], most: int) -> str | None:
    words = next((entry[name] for name in names if isinstance(entry.get(name), str) and entry[name].strip()), None)
    return words.replace("\0", "").strip()[:most] or None if words else None


def _list(entry: Mapping[str, Any], names: tuple[str, ...]) -> list[Any]:
    return next((entry[name] for name in names if isinstance(entry.get(name), list)), [])


def _texts(values: list[Any], names: tuple[str, ...]) -> tuple[str, ...]:
    texts = (
        value.strip()[:SHORT] if isinstance(value, str) else _text(value, names, SHORT)
        for value in values[:MOST]
        if isinstance(value, str | dict)
    )
    return tuple(text for text in texts if text)
