"""What a program recognizes: achievements with their criteria, rubric and competencies, and the rubrics we ship.

A rubric has criteria, each with its own levels from the lowest to the highest (CASE CFRubric, CFRubricCriterion,
CFRubricCriterionLevel); `wanted` is the level from which a criterion is met.

Pure.
"""

from collections.abc import Collection, Iterator
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from schemas.records import share_defaults

Assessing = Literal["one", "two", "panel", "moderated"]
ASSESSORS: dict[Assessing, int] = {"one": 1, "two": 2, "panel": 3, "moderated": 3}
"""How many look at it: two who disagree ask a third, a panel decides by its majority; of three who moderate, the last
one reads what the two before saw, and decides.
"""


class Part(Struct, frozen=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """A part of what a program recognizes or offers, as it is stored."""


class Level(Part, frozen=True):
    """A level of a criterion: its name, and what is seen there."""

    name: str
    description: str | None = None
    points: float | None = None


class Criterion(Part, frozen=True):
    """What is looked at: its levels from the lowest, from which of them (`wanted`) it is met, what it shows."""

    id: str
    name: str
    levels: tuple[Level, ...]
    wanted: str
    description: str | None = None
    competencies: tuple[UUID, ...] = ()

    def rank(self, level: str) -> int:
        """The place of a level, from 0. ValueError where there is none of that name."""
        return [candidate.name for candidate in self.levels].index(level)

    def met(self, level: str) -> bool:
        """Whether a level is the one wanted, or above it."""
        return self.rank(level) >= self.rank(self.wanted)


class Definition(Part, frozen=True):
    """An achievement as a program defines it.

    `competencies` are shown by the whole of it, those of a criterion by that criterion. `partial`: what is met is
    accepted where the rest is not. `credit_rule`: by which rule its competencies may give credit. `image`: its picture,
    a data URI of `app.programs.pictures`; without one it is drawn, with `color` and `icon` where they are chosen.
    `parts` are other achievements: whoever has them all gets this one by itself.
    """

    name: str
    description: str
    criteria: str
    kind: str = "Badge"
    rubric: tuple[Criterion, ...] = ()
    competencies: tuple[UUID, ...] = ()
    assessing: Assessing = "one"
    partial: bool = False
    credit_rule: UUID | None = None
    image: str | None = None
    tags: tuple[str, ...] = ()
    color: str | None = None
    icon: str | None = None
    parts: tuple[UUID, ...] = ()

    def __post_init__(self) -> None:
        """See `share_defaults`."""
        share_defaults(self)

    def criterion(self, id: str) -> Criterion | None:
        """The criterion of that id."""
        return next((criterion for criterion in self.rubric if criterion.id == id), None)

    @property
    def shown(self) -> tuple[UUID, ...]:
        """Every competency it may show, each once."""
        inner = (competency for criterion in self.rubric for competency in criterion.competencies)
        return tuple(dict.fromkeys((*self.competencies, *inner)))


read = msgspec.json.Decoder(Definition).decode
written = msgspec.json.Encoder(order="deterministic").encode


def wrongs(definition: Definition, known: Collection[UUID], others: Collection[UUID] = ()) -> Iterator[tuple[str, str]]:
    """(JSON Pointer, what is wrong) of a definition.

    `known` are the competencies that a framework has, `others` the achievements that it may be made of.
    """
    ids = [criterion.id for criterion in definition.rubric]
    for index, criterion in enumerate(definition.rubric):
        names = [level.name for level in criterion.levels]
        if ids.count(criterion.id) > 1:
            yield f"/rubric/{index}/id", f"two criteria have the id '{criterion.id}'"
        if len(set(names)) != len(names):
            yield f"/rubric/{index}/levels", "two levels have the same name"
        if criterion.wanted not in names:
            yield f"/rubric/{index}/wanted", f"it is none of the criterion's levels: {', '.join(names)}"
        yield from _unknown(criterion.competencies, known, f"/rubric/{index}/competencies")
    yield from _unknown(definition.competencies, known, "/competencies")
    for index, part in enumerate(definition.parts):
        if part not in others:
            yield f"/parts/{index}", "it is no other achievement of a program of the district"


def _unknown(competencies: tuple[UUID, ...], known: Collection[UUID], pointer: str) -> Iterator[tuple[str, str]]:
    for index, competency in enumerate(competencies):
        if competency not in known:
            yield f"{pointer}/{index}", "no framework has it: import its framework first"


FOUR = ("Beginning", "Developing", "Proficient", "Exemplary")
PROJECT = (
    ("challenge", "Intellectual challenge", "Students learn deeply, think critically and strive for excellence."),
    ("authenticity", "Authenticity", "The work is meaningful and has to do with students' culture, lives and future."),
    ("public-product", "Public product", "The work is put on display, discussed and critiqued beyond the classroom."),
    ("collaboration", "Collaboration", "Students work with others, in person or online, and are guided by adults."),
    ("management", "Project management", "Students use a process that carries them from the start to the end."),
    ("reflection", "Reflection", "Students reflect on their work and on what they learn all through the project."),
)
"""The six criteria of the Framework for High Quality Project Based Learning (hqpbl.org)."""


def project_rubric() -> tuple[Criterion, ...]:
    """The rubric for projects: the six criteria, each at four levels."""
    levels = tuple(Level(name, points=float(points)) for points, name in enumerate(FOUR, 1))
    return tuple(Criterion(own, name, levels, "Proficient", description=words) for own, name, words in PROJECT)
