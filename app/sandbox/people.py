"""Who lives in the sample district: households, learners, guardians, staff, and what is special about some of them."""

from datetime import date
from typing import Literal

from msgspec import Struct

from app.sandbox.chance import roll
from app.sandbox.names import ACCENTED_FAMILY, APOSTROPHE_FAMILY, DOUBLE_FAMILY, FAMILY, GIVEN, login

Level = Literal["elementary", "middle", "high"]
Post = Literal["teacher", "principal", "counselor", "districtAdministrator"]

BLOCK = 100
"""Learners come in blocks, and every block has one of each special case, so that even a small district has them all."""
HOUSEHOLDS = 70

MOVED_BEFORE = frozenset({0, 1})
TWO_SCHOOLS = frozenset({2, 3})
NICKNAME = frozenset({4, 5})
PREFERRED_NAME = frozenset({4, 21})
ACCENTED = frozenset({6, 7})
DOUBLE = frozenset({8, 20})
APOSTROPHE = frozenset({9, 22})
NO_ID_IN_LMS = frozenset({10, 11, 14})
OTHER_EMAIL_IN_LMS = frozenset({11})
NO_ID_IN_TOOL = frozenset({12, 13, 14, 19})
NO_STATE_ID = frozenset({15})
NAMESAKES = frozenset({16, 17})
UNTIDY_ID_IN_TOOL = frozenset({18})
MISSPELT_IN_TOOL = frozenset({19})
TWO_LMS_ACCOUNTS = frozenset({25})
NOT_IN_LMS = frozenset({26})
NO_EMAIL = frozenset({27})
TWINS = frozenset({95, 96, 97, 98})
IN_EVERY_SYSTEM = frozenset(range(4, 28))
"""Positions in a block by what is special there. `IN_EVERY_SYSTEM`: of a grade that the LMS and the tool both serve."""

FIRST_MOVER, FIRST_RENAMED, FIRST_LEAVER = 30, 60, 70
"""On day d the learner at 30 + d of each block changes school, at 60 + d gets a new surname, at 70 + d leaves."""


def _households() -> tuple[tuple[int, int], ...]:
    """For each position in a block: its household, and its rank among that household's children."""
    sizes = [1] * 40 + [2] * 22 + [3] * 3 + [1] * 2 + [2] * 2 + [1]
    return tuple((household, rank) for household, size in enumerate(sizes) for rank in range(size))


HOME = _households()


class School(Struct, frozen=True):
    """A school. `grades` are indices into the catalog's grades."""

    key: str
    name: str
    identifier: str
    level: Level
    grades: range
    index: int


class Learner(Struct, frozen=True, kw_only=True):
    """A learner as the district knows them.

    `number` is the district's student number, `state_id` the state's (None: not yet given). `moved` is the first day at
    `school` after `former`; `also_at` is a second school attended for mathematics; `left` the last day in the district.
    `ability`, from 0 to 1, is what their results are made of. `modified` is when the SIS last changed them.
    """

    index: int
    position: int
    key: str
    number: str
    state_id: str | None
    household: int
    given: str
    nickname: str
    middle: str | None
    family: str
    birth_date: date
    sex: Literal["female", "male"]
    grade: int
    school: School
    former: School | None
    moved: date | None
    also_at: School | None
    left: date | None
    username: str
    email: str | None
    family_email: str
    ability: float
    modified: str


class Guardian(Struct, frozen=True):
    """An adult of a household. Their e-mail and phone are often the whole family's."""

    key: str
    number: str
    household: int
    given: str
    family: str
    email: str
    phone: str
    school: School


class Staff(Struct, frozen=True):
    """Somebody who works in the district. `schools`: the first is the primary one; none is the district office."""

    key: str
    number: str
    given: str
    family: str
    post: Post
    schools: tuple[School, ...]
    email: str


def position_of(index: int) -> int:
    """The position of a learner in their block. Neighbors in a list are seldom neighbors in a block."""
    return (index * 37 + 11) % BLOCK


def index_at(block: int, position: int) -> int:
    """The learner at a position of a block: the inverse of `position_of`."""
    return block * BLOCK + (position - 11) * 73 % BLOCK


def household_of(index: int) -> tuple[int, int]:
    """A learner's household, and their rank among its children."""
    home, rank = HOME[position_of(index)]
    return index // BLOCK * HOUSEHOLDS + home, rank


def children_of(household: int) -> tuple[int, ...]:
    """The learners of a household, whether or not the district is large enough to have them."""
    block, home = divmod(household, HOUSEHOLDS)
    return tuple(index_at(block, position) for position, (h, _) in enumerate(HOME) if h == home)


def family_name(seed: int, household: int) -> str:
    """The surname of a household, by its special case or by chance."""
    chance = roll(seed, household, 1) >> 8
    position = household % HOUSEHOLDS
    for positions, names in ((ACCENTED, ACCENTED_FAMILY), (DOUBLE, DOUBLE_FAMILY), (APOSTROPHE, APOSTROPHE_FAMILY)):
        if position in positions:
            return names[chance % len(names)]
    return FAMILY[chance % len(FAMILY)]


def family_address(family: str, household: int) -> str:
    """The e-mail address that a family shares."""
    return f"{login(family)}.{household}@families.example"


def guardians(seed: int, household: int, school: School) -> tuple[Guardian, ...]:
    """A household's one or two guardians; the first, and in every third household both, use the family's e-mail."""
    chance = roll(seed, household, 3)
    family = family_name(seed, household)
    phone = f"+1-{200 + household // 100 % 800}-555-01{household % 100:02d}"
    shared = family_address(family, household)
    guardians = []
    for rank in range(1 + (chance & 1)):
        given_name = GIVEN[(chance >> 8 + 16 * rank) % len(GIVEN)][0]
        surname = family if rank == 0 or chance & 6 else FAMILY[(chance >> 40) % len(FAMILY)]
        own = (
            shared
            if rank == 0 or household % 3 == 0
            else f"{login(given_name)}.{login(surname)}{household}@mail.example"
        )
        key = f"gua-{household}-{rank + 1}"
        guardians.append(
            Guardian(
                key,
                f"G{household}{rank + 1}",
                household,
                given=given_name,
                family=surname,
                email=own,
                phone=phone,
                school=school,
            )
        )
    return tuple(guardians)
