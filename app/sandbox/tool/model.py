"""What of the sample district is in the adaptive tool: classrooms, content, and how far each learner got with it."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from msgspec import Struct

from app.sandbox import year
from app.sandbox.accounts import ToolAccount, tool_account
from app.sandbox.catalog import GRADES, MATH, STANDARDS, TOOL_GRADES, Standard
from app.sandbox.chance import hex_id, roll
from app.sandbox.district import District
from app.sandbox.people import Learner, School, Staff

FACILITY = hex_id("tool", "facility")
CHANNEL = hex_id("tool", "channel")
CHANNEL_NAME = "Sample Mathematics"
QUESTIONS = 5
"""How many questions of an exercise a learner answers in one try."""


class Content(Struct, frozen=True):
    """A piece of content: an exercise on a standard, or a video about it."""

    node: str
    id: str
    title: str
    kind: Literal["exercise", "video"]
    grade: int
    standard: Standard
    items: tuple[str, ...]
    criterion: dict[str, str | int]


class Account(Struct, frozen=True):
    """A learner with their account in the tool."""

    learner: Learner
    account: ToolAccount


class Room(Struct, frozen=True):
    """A classroom: a grade at a school, with its coaches and learners."""

    id: str
    name: str
    grade: int
    school: School
    coaches: tuple[Staff, ...]
    members: tuple[Account, ...]


class Try(Struct, frozen=True):
    """One try of a learner at a piece of content. `answers` says of each question whether it was right."""

    account: Account
    content: Content
    began: datetime
    answers: tuple[bool, ...]
    complete: bool
    progress: float

    @property
    def ended(self) -> datetime:
        """When the learner stopped: a minute a question, or nine for a video."""
        return self.began + timedelta(minutes=len(self.answers) or 9)

    def id(self, kind: str) -> str:
        """The id of a log of this kind about the try."""
        return hex_id("tool", kind, self.account.account.id, self.content.id)


def _contents() -> Iterator[Content]:
    for grade in TOOL_GRADES:
        for n, standard in enumerate(STANDARDS[grade]):
            node, id_ = hex_id("tool", "node", grade, n), hex_id("tool", "content", grade, n)
            items = tuple(hex_id("tool", "item", grade, n, i) for i in range(10))
            criterion: dict[str, str | int] = {"type": "m_of_n", "m": 3, "n": 5} if n == 0 else {"type": "do_all"}
            title = f"{standard.code} {standard.about}"
            yield Content(
                node, id_, title, kind="exercise", grade=grade, standard=standard, items=items, criterion=criterion
            )
        node, id_ = hex_id("tool", "node", grade, "v"), hex_id("tool", "content", grade, "v")
        standard = STANDARDS[grade][0]
        yield Content(
            node,
            id_,
            f"{standard.about}, a video",
            kind="video",
            grade=grade,
            standard=standard,
            items=(),
            criterion={},
        )


CONTENTS = tuple(_contents())


def rooms(district: District) -> tuple[Room, ...]:
    """The classrooms, with those who are in the district today."""
    members: dict[tuple[int, int], list[Account]] = defaultdict(list)
    for learner in district.learners:
        account = tool_account(learner)
        if account and not learner.left:
            members[learner.school.index, learner.grade].append(Account(learner, account))
    staff = {member.key: member for member in district.staff}
    rooms = []
    for school in district.schools:
        for grade in school.grades:
            if grade in TOOL_GRADES:
                sections = range(district.sections[school.level])
                teachers = dict.fromkeys(district.class_at[school.index, grade, MATH, n].teacher for n in sections)
                coaches = tuple(staff[key] for key in teachers)
                id_, name = hex_id("tool", "room", school.key, grade), f"Grade {int(GRADES[grade])} - {school.name}"
                rooms.append(
                    Room(id_, name, grade, school=school, coaches=coaches, members=tuple(members[school.index, grade]))
                )
    return tuple(rooms)


def tries(district: District, account: Account) -> Iterator[Try]:
    """A learner's tries up to today; one in three learners comes to the second exercise only in the sample week."""
    learner = account.learner
    for n, content in enumerate(c for c in CONTENTS if c.grade == learner.grade):
        chance = roll(district.seed, learner.index, 41, n)
        if chance % 8 == 0:
            continue
        day = date(2026, 9, 14) + timedelta(days=(chance >> 8) % 50)
        if n == 1 and chance >> 16 & 3 == 0:
            day = year.date_of(2 + (chance >> 20) % (year.LAST_DAY - 1))
        if day < year.date_of(district.today + 1):
            began = datetime.combine(day, time(14, chance >> 24 & 31), UTC)
            yield _try(account, content, began, chance >> 32)


def _try(account: Account, content: Content, began: datetime, chance: int) -> Try:
    if content.kind == "video":
        seen = 1.0 if chance & 3 else 0.4
        return Try(account, content, began, answers=(), complete=seen == 1.0, progress=seen)
    threshold = 40 + int(200 * account.learner.ability)
    answers = tuple((chance >> 4 * n & 0xFF) < threshold for n in range(QUESTIONS))
    mastered = sum(answers) >= 3 if content.criterion["type"] == "m_of_n" else bool(chance >> 30 & 1)
    return Try(
        account,
        content,
        began,
        answers=answers,
        complete=mastered,
        progress=1.0 if mastered else round(sum(answers) / 10, 2),
    )
