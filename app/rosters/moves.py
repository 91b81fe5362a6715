"""How a student came from one school year into the next, by two rosters laid beside each other. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args
from uuid import UUID

import msgspec

from app.frameworks.grades import code
from schemas import Name, Role
from schemas.grades import FOLLOWING, LADDER

Move = Literal["moved up", "repeats", "ungraded", "unexplained", "came", "left"]
MOVES: tuple[Move, ...] = get_args(Move)

SUMMER = timedelta(days=62)
"""A role that ended so shortly before the year turns ended with the year: many systems date the last day of school."""


class ToldPerson(msgspec.Struct, frozen=True):
    """What is read of a statement about a person."""

    names: tuple[Name, ...] = ()
    roles: tuple[Role, ...] = ()
    grades: tuple[str, ...] = ()
    primary_org: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a student stands in a roster: their schools, the primary one first, and their grade (a code of CEDS)."""

    schools: tuple[str, ...]
    grade: str | None

    @property
    def school(self) -> str | None:
        """The school they are counted at."""
        return self.schools[0] if self.schools else None


@dataclass(frozen=True, slots=True)
class Student:
    """A student of one of two years or of both. `key` is theirs at the source, `learner` who they are here."""

    key: str
    learner: UUID | None
    name: str | None
    before: Standing | None
    after: Standing | None

    @property
    def standing(self) -> Standing:
        """Where they are counted: in the new year or, if they have left, in the old one."""
        standing = self.after or self.before
        assert standing is not None
        return standing

    @property
    def move(self) -> Move:
        """What became of them between the years."""
        if self.before is None:
            return "came"
        if self.after is None:
            return "left"
        return _move(self.before.grade, self.after.grade)

    @property
    def steps(self) -> int | None:
        """By how many grades they moved up (down: less than none); None where one of two grades is not told."""
        grades = [standing.grade for standing in (self.before, self.after) if standing is not None]
        places = [LADDER.index(grade) for grade in grades if grade in LADDER]
        return places[1] - places[0] if len(places) == 2 else None

    @property
    def changed_school(self) -> bool:
        """Whether they are at another school of the district than before."""
        if self.before is None or self.after is None or not self.before.schools or not self.after.schools:
            return False
        return self.after.school not in self.before.schools and self.before.school not in self.after.schools


def standing_of(statements: Sequence[ToldPerson], first: date, last: date) -> Standing | None:
    """Where somebody stands by what is told of them; None where they are no student then.

    A role counts that had begun by `last`, and had not ended before `first`.
    """
    places: list[tuple[bool, date, str | None, tuple[str, ...]]] = []
    for statement in statements:
        for role in statement.roles:
            if role.role == "student" and _counts(role, first, last):
                primary = role.primary or (role.org is not None and role.org == statement.primary_org)
                places.append((primary, role.begins or date.min, role.org, statement.grades))
    if not places:
        return None
    places.sort(key=lambda place: place[:2], reverse=True)
    schools = tuple(dict.fromkeys(org for _, _, org, _ in places if org is not None))
    with_grades = [grades for *_, grades in places if grades]
    elsewhere = [statement.grades for statement in statements if statement.grades and not statement.roles]
    return Standing(schools, _grade((with_grades or elsewhere or [()])[0]))


def name_of(statements: Iterable[ToldPerson]) -> str | None:
    """How somebody is called: by their legal name, as it is told first."""
    names = [name for statement in statements for name in statement.names if not name.preferred]
    for name in names:
        words = name.full or " ".join(filter(None, (name.given, name.family)))
        if words:
            return words
    return None


def _counts(role: Role, first: date, last: date) -> bool:
    return (role.begins or date.min) <= last and (role.ends or date.max) >= first


def _grade(grades: Iterable[str]) -> str | None:
    """The grade of somebody of whom several may be told: the highest. What is no grade of the ladder stays as it is."""
    codes = [code(grade) or grade for grade in grades]
    return max(codes, key=lambda grade: LADDER.index(grade) if grade in LADDER else -1, default=None)


def _move(before: str | None, after: str | None) -> Move:
    if before not in LADDER or after not in LADDER:
        return "ungraded"
    if before == after:
        return "repeats"
    return "moved up" if after in FOLLOWING.get(before, ()) else "unexplained"
