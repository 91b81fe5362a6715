"""Finding a learner: by the beginnings of their names' words, or by a number; only among those one may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.db import Tx
from app.db.records import words
from app.identity import learners
from app.mastery import group
from app.people import seeing
from app.people.roles import Relation
from app.people.viewer import Viewer
from app.records import reading
from app.records.words import folded

NUMBERS = ("district", "state", "sourced", "username", "email", "account", "program")
"""The types of identifiers that are tried for what looks like one."""
LEAST = 2
"""Letters of a word, so that not half the district is found."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A learner who was found: what they are called, where they are, and why the viewer may see them."""

    learner: UUID
    name: str | None
    schools: Sequence[str]
    grades: Sequence[str]
    relation: Relation


async def find(tx: Tx, viewer: Viewer, text: str, on: date, *, after: UUID | None = None, limit: int) -> list[Hit]:
    """Learners of this name or number whom the viewer may see; without a text, those they have to do with."""
    reach = await seeing.learners_of(tx, viewer, "learner.read", on)
    ids = await _numbered(tx, text, reach) if text and after is None else []
    beginnings = list(dict.fromkeys(word for word in folded(text) if len(word) >= LEAST))[:4]
    if beginnings:
        named = await words.beginning_with(tx, beginnings, None if reach is None else list(reach), after, limit)
        ids += [learner for learner in named if learner not in ids]
    elif not text and reach is not None:
        ids = sorted(learner for learner in reach if after is None or learner > after)
    return await _hits(tx, seeing.relations_to(viewer, reach, ids[:limit], "learner.read"))


async def _numbered(tx: Tx, text: str, reach: Mapping[UUID, Relation] | None) -> list[UUID]:
    """Learners who have this very number, or address, of any type."""
    hits = await learners.numbered(tx, NUMBERS, text)
    return [learner for learner in hits if reach is None or learner in reach]


async def _hits(tx: Tx, relations: Sequence[Relation]) -> list[Hit]:
    ids = [relation.learner for relation in relations]
    names, headers = await group.names(tx, ids), await reading.headers(tx, ids)
    return [
        Hit(
            relation.learner,
            names.get(relation.learner),
            reading.schools(header),
            list(dict.fromkeys(grade.value for grade in header.grades)),
            relation,
        )
        for relation in relations
        if (header := headers.get(relation.learner)) is not None
    ]
