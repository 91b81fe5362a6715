"""What each person of the district is like: names, grades, birthdays, posts, from special case or chance."""

from datetime import date, timedelta

from app.sandbox.catalog import GRADES, SPECIALS, SUBJECTS
from app.sandbox.chance import roll
from app.sandbox.names import ACCENTED_GIVEN, ALIKE, FAMILY, GIVEN, login
from app.sandbox.people import (
    ACCENTED,
    BLOCK,
    HOUSEHOLDS,
    IN_EVERY_SYSTEM,
    NAMESAKES,
    TWINS,
    TWO_SCHOOLS,
    Level,
    Post,
    School,
    Staff,
    family_name,
    household_of,
)


def name_of(seed: int, index: int, position: int, rank: int, own: int) -> tuple[str, str, str]:
    """Given name, short form, surname. Two namesakes in each block share a name and are two children."""
    household, _ = household_of(index)
    surname = family_name(seed, household)
    given_name, nickname = GIVEN[own % len(GIVEN)]
    if position in NAMESAKES:
        chance = roll(seed, index // BLOCK, 4)
        return *GIVEN[chance % len(GIVEN)], FAMILY[(chance >> 8) % len(FAMILY)]
    if position in TWINS and household % 2:
        given_name = nickname = ALIKE[household // HOUSEHOLDS % len(ALIKE)][rank]
    elif position in ACCENTED:
        given_name = nickname = ACCENTED_GIVEN[own % len(ACCENTED_GIVEN)]
    elif rank:
        given_name, nickname = GIVEN[(roll(seed, household, 5) + rank * 41) % len(GIVEN)]
    return given_name, nickname, surname


def level_of(grade: int) -> Level:
    """The level of the schools that have the grade."""
    return "elementary" if grade < 6 else "middle" if grade < 9 else "high"


def grade_of(position: int, rank: int, own: int, home: int) -> int:
    """The grade of a learner: siblings are three grades apart, twins in the same."""
    if position in TWO_SCHOOLS:
        return (5, 8)[own >> 4 & 1]
    if position in IN_EVERY_SYSTEM:
        return 3 + home % 6
    return (home + (0 if position in TWINS else 3 * rank)) % len(GRADES)


def birth_date(position: int, grade: int, own: int, home: int) -> date:
    """A birthday in the twelve months of the grade; twins share it."""
    days = (home if position in TWINS else own) >> 24
    return date(2020 - grade, 9, 1) + timedelta(days=days % 365)


def teacher_key(school: School, grade: int, subject: int, section: int) -> str:
    """The staff key of a class's teacher."""
    if school.level == "elementary":
        if subject in SPECIALS:
            return f"stf-special-{school.index // 2}-{SUBJECTS[subject].key}"
        return f"stf-{school.key[4:]}-{GRADES[grade]}-{section + 1}"
    return f"stf-{school.key[4:]}-{GRADES[grade]}-{SUBJECTS[subject].key}-{section // 5 + 1}"


def employee(seed: int, number: int, key: str, post: Post, schools: tuple[School, ...]) -> Staff:
    """The person in a post."""
    chance = roll(seed, number, 7)
    given_name, surname = GIVEN[chance % len(GIVEN)][0], FAMILY[(chance >> 16) % len(FAMILY)]
    email = f"{login(given_name)}.{login(surname)}{number}@staff.example"
    return Staff(key, f"E{50_000 + number}", given_name, family=surname, post=post, schools=schools, email=email)
