"""The sample district, made from a seed and a size: the same on every machine, whole or one learner at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Literal

from msgspec import Struct

from app.sandbox import year
from app.sandbox.catalog import GRADES, HOMEROOM, MATH, SUBJECTS
from app.sandbox.census import birth_date, employee, grade_of, level_of, name_of, teacher_key
from app.sandbox.chance import roll
from app.sandbox.names import GIVEN, login
from app.sandbox.people import (
    BLOCK,
    FIRST_LEAVER,
    FIRST_MOVER,
    FIRST_RENAMED,
    HOUSEHOLDS,
    MOVED_BEFORE,
    NO_EMAIL,
    NO_STATE_ID,
    TWINS,
    TWO_SCHOOLS,
    Guardian,
    Learner,
    Level,
    Post,
    School,
    Staff,
    children_of,
    family_address,
    family_name,
    guardians,
    household_of,
    position_of,
)

NAME = "Sample Valley Unified School District"
KEY = "dist-sample-valley"
IDENTIFIER = "9900001"
SEED = 20261116

_LEVELS: tuple[tuple[Level, range, int, str], ...] = (
    ("elementary", range(6), 450, "Elementary School"),
    ("middle", range(6, 9), 700, "Middle School"),
    ("high", range(9, 13), 1200, "High School"),
)
_PLACES = ("Sample Creek", "Test Hill", "Specimen Park", "Demo Lake", "Example Grove", "Fixture Point", "Pattern Bay")
_CLASS_SIZE = 24


class Class(Struct, frozen=True):
    """A class: a section of a course at a school. `teacher` is a staff key."""

    key: str
    school: School
    grade: int
    subject: int
    section: int
    teacher: str


class Enrollment(Struct, frozen=True):
    """A person in a class. `withdrawn` marks what the SIS has deleted."""

    key: str
    person: str
    class_: Class
    role: Literal["student", "teacher"]
    begins: date
    ends: date | None
    withdrawn: bool
    modified: str


@dataclass(frozen=True)
class District:
    """A district of `size` learners as it stands on day `today` (1 to 5; later days change a little of the first).

    Everything about a learner follows from the seed and their index, so learners can be streamed in any order and
    number; the plural properties keep what they made, for those who look twice.
    """

    size: int = 500
    seed: int = SEED
    today: int = 1

    def day(self, number: int) -> "District":
        """The same district on another day of its week."""
        if not 1 <= number <= year.LAST_DAY:
            raise ValueError(f"day {number}: the sample week has days 1 to {year.LAST_DAY}")
        return replace(self, today=number)

    @cached_property
    def schools(self) -> tuple[School, ...]:
        """The schools, two or more of each level."""
        schools: list[School] = []
        for level, grades, pupils, kind in _LEVELS:
            for i in range(max(2, round(self.size * len(grades) / len(GRADES) / pupils))):
                place = _PLACES[i % len(_PLACES)] + (f" {i // len(_PLACES) + 1}" if i >= len(_PLACES) else "")
                key, index = f"sch-{level[0]}{i + 1:02d}", len(schools)
                schools.append(
                    School(key, f"{place} {kind}", f"99000{index + 1:04d}", level=level, grades=grades, index=index)
                )
        return tuple(schools)

    @cached_property
    def by_level(self) -> dict[Level, tuple[School, ...]]:
        """The schools of each level."""
        return {level: tuple(s for s in self.schools if s.level == level) for level, *_ in _LEVELS}

    @cached_property
    def sections(self) -> dict[Level, int]:
        """How many sections each course has at a school of the level."""
        return {
            level: max(1, round(self.size / len(GRADES) / len(schools) / _CLASS_SIZE))
            for level, schools in self.by_level.items()
        }

    @cached_property
    def class_at(self) -> dict[tuple[int, int, int, int], Class]:
        """Every class, by school index, grade, subject and section."""
        classes = {}
        for school in self.schools:
            for grade in school.grades:
                for subject, section in (
                    (s, n) for s in range(len(SUBJECTS)) for n in range(self.sections[school.level])
                ):
                    key = f"cls-{school.key[4:]}-{SUBJECTS[subject].key}-{GRADES[grade]}-{section + 1}"
                    teacher = teacher_key(school, grade, subject, section)
                    classes[school.index, grade, subject, section] = Class(
                        key, school, grade, subject=subject, section=section, teacher=teacher
                    )
        return classes

    @cached_property
    def staff(self) -> tuple[Staff, ...]:
        """Everybody who works in the district. Specialists of elementary schools serve two schools."""
        posts: dict[str, tuple[Post, dict[str, School]]] = {}
        for school in self.schools:
            posts[f"stf-{school.key[4:]}-principal"] = ("principal", {school.key: school})
            posts[f"stf-{school.key[4:]}-counselor"] = ("counselor", {school.key: school})
        for class_ in self.class_at.values():
            posts.setdefault(class_.teacher, ("teacher", {}))[1][class_.school.key] = class_.school
        staff = [employee(self.seed, 0, "stf-office", "districtAdministrator", ())]
        for number, (key, (post, schools)) in enumerate(posts.items(), 1):
            staff.append(employee(self.seed, number, key, post, tuple(schools.values())))
        return tuple(staff)

    def learner(self, index: int) -> Learner:
        """The learner of that index, from 0."""
        position, (household, rank) = position_of(index), household_of(index)
        own, home = roll(self.seed, index, 2), roll(self.seed, household, 1)
        grade = grade_of(position, rank, own, home)
        school = self._school(grade, home)
        former, moved, left = self._moves(position, school)
        given_name, nickname, surname = name_of(self.seed, index, position, rank, own)
        username = f"{login(given_name)[:1]}{login(surname)}{index}"
        family_email = family_address(family_name(self.seed, household), household)
        email = family_email if grade < 6 or position in TWINS else f"{username}@students.example"
        changed = self._last_change(position)
        return Learner(
            index=index,
            position=position,
            key=f"stu-{1_000_000 + index}",
            number=str(1_000_000 + index),
            state_id=None if position in NO_STATE_ID else str(7_000_000_000 + index * 101),
            household=household,
            given=given_name,
            nickname=nickname,
            middle=GIVEN[(own >> 20) % len(GIVEN)][0] if own >> 50 & 3 else None,
            family=f"{surname}-Beispiel" if 2 <= position - FIRST_RENAMED <= self.today else surname,
            birth_date=birth_date(position, grade, own, home),
            sex="female" if own >> 40 & 1 else "male",
            grade=grade,
            school=self._next(school) if former else school,
            former=former,
            moved=moved,
            also_at=self._second_school(position, grade, household),
            left=left,
            username=username,
            email=None if position in NO_EMAIL else email,
            family_email=family_email,
            ability=(own >> 12 & 0xFFFF) / 0xFFFF,
            modified=year.stamp(changed) if changed else year.settled(own >> 48),
        )

    @cached_property
    def learners(self) -> tuple[Learner, ...]:
        """All learners."""
        return tuple(map(self.learner, range(self.size)))

    def guardians(self) -> Iterator[Guardian]:
        """The guardians of every household, in order."""
        for household in range((self.size + BLOCK - 1) // BLOCK * HOUSEHOLDS):
            yield from self.guardians_of(household)

    def guardians_of(self, household: int) -> tuple[Guardian, ...]:
        """A household's guardians; they belong to the school of the first child who is there."""
        first = next((index for index in children_of(household) if index < self.size), None)
        if first is None:
            return ()
        return guardians(self.seed, household, self.learner(first).school)

    def classes_of(self, learner: Learner) -> Iterator[tuple[Class, date, date | None]]:
        """A learner's classes: each with its first day, and its last where that is over. Eight, and more who moved."""
        if learner.former:
            assert learner.moved
            for subject in range(len(SUBJECTS)):
                yield self._class(learner, learner.former, subject), year.BEGINS, learner.moved - timedelta(days=3)
        first = learner.moved or year.BEGINS
        for subject in range(len(SUBJECTS)):
            if subject == MATH and learner.also_at:
                yield self._class(learner, learner.also_at, subject), first, learner.left
            else:
                yield self._class(learner, learner.school, subject), first, learner.left

    def enrollments(self) -> Iterator[Enrollment]:
        """Every enrollment: teachers first, then learner by learner."""
        for class_ in self.class_at.values():
            key = f"enr-t-{class_.key[4:]}"
            yield Enrollment(
                key,
                class_.teacher,
                class_,
                role="teacher",
                begins=year.BEGINS,
                ends=None,
                withdrawn=False,
                modified=year.SETTLED,
            )
        for index in range(self.size):
            yield from self.enrollments_of(self.learner(index))

    def enrollments_of(self, learner: Learner) -> Iterator[Enrollment]:
        """A learner's enrollments."""
        withdrawn = learner.left is not None
        changed = learner.modified if withdrawn or learner.former else None
        for number, (class_, begins, ends) in enumerate(self.classes_of(learner)):
            key, settled = f"enr-{learner.number}-{number}", year.settled(learner.index * 7 + number)
            yield Enrollment(
                key,
                learner.key,
                class_,
                role="student",
                begins=begins,
                ends=ends,
                withdrawn=withdrawn,
                modified=changed or settled,
            )

    def _last_change(self, position: int) -> date | None:
        """The last day up to today on which the record of the learner at this position changed."""
        days = (position - first for first in (FIRST_MOVER, FIRST_RENAMED, FIRST_LEAVER))
        changed = max((day for day in days if 2 <= day <= self.today), default=0)
        if changed:
            return year.date_of(changed)
        return year.FORMER_MOVE if position in MOVED_BEFORE else None

    def _moves(self, position: int, school: School) -> tuple[School | None, date | None, date | None]:
        """The school a learner came from and when, and the day they left the district."""
        if position in MOVED_BEFORE:
            return school, year.FORMER_MOVE, None
        if 2 <= position - FIRST_MOVER <= self.today:
            return school, year.date_of(position - FIRST_MOVER), None
        if 2 <= position - FIRST_LEAVER <= self.today:
            return None, None, year.date_of(position - FIRST_LEAVER)
        return None, None, None

    def _school(self, grade: int, home: int) -> School:
        """The school a household's children go to in that grade."""
        schools = self.by_level[level_of(grade)]
        return schools[(home >> 30) % len(schools)]

    def _next(self, school: School) -> School:
        """The next school of the same level: where those who move go."""
        schools = self.by_level[school.level]
        return schools[(schools.index(school) + 1) % len(schools)]

    def _second_school(self, position: int, grade: int, household: int) -> School | None:
        """Where a learner ahead of their grade takes mathematics: the next level's school."""
        if position not in TWO_SCHOOLS:
            return None
        schools = self.by_level[level_of(grade + 1)]
        return schools[household % len(schools)]

    def _class(self, learner: Learner, school: School, subject: int) -> Class:
        """The learner's class in a subject at a school: grades below 6 stay together all day."""
        grade = learner.grade if learner.grade in school.grades else learner.grade + 1
        together = HOMEROOM if grade < 6 else subject
        section = roll(self.seed, learner.index, 6, together) % self.sections[school.level]
        return self.class_at[school.index, grade, subject, section]
