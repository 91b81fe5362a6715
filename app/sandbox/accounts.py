"""What the other systems call a learner, and the truth about whose account is whose (for tests of identity)."""

import re
from collections.abc import Iterator

from msgspec import Struct

from app.sandbox.catalog import FIRST_LMS_GRADE, TOOL_GRADES
from app.sandbox.chance import hex_id
from app.sandbox.district import District
from app.sandbox.names import unaccented
from app.sandbox.people import (
    ACCENTED,
    APOSTROPHE,
    DOUBLE,
    MISSPELT_IN_TOOL,
    NICKNAME,
    NO_ID_IN_LMS,
    NO_ID_IN_TOOL,
    NOT_IN_LMS,
    OTHER_EMAIL_IN_LMS,
    TWO_LMS_ACCOUNTS,
    UNTIDY_ID_IN_TOOL,
    Learner,
)


class LmsAccount(Struct, frozen=True):
    """A learner's account in the LMS. `sis_id` is the district's number, where somebody entered it."""

    id: int
    given: str
    family: str
    sis_id: str | None
    login: str
    email: str


class ToolAccount(Struct, frozen=True):
    """A learner's account in the adaptive tool, which knows one full name and a year of birth."""

    id: str
    username: str
    full_name: str
    number: str
    birth_year: int


class Truth(Struct, frozen=True):
    """One learner, and every key under which a system knows them.

    `sis`: OneRoster sourcedIds; `lms`: Canvas user ids; `tool`: Kolibri account ids; `assessment`: MAP StudentIDs.
    """

    number: str
    sis: tuple[str, ...]
    lms: tuple[str, ...]
    tool: tuple[str, ...]
    assessment: tuple[str, ...]


def lms_accounts(learner: Learner) -> tuple[LmsAccount, ...]:
    """A learner's accounts in the LMS: one, for the youngest none, for a few a second that nobody closed."""
    if learner.grade < FIRST_LMS_GRADE or learner.position in NOT_IN_LMS:
        return ()
    given_name, family_name = _name_in_lms(learner)
    email = learner.email or f"{learner.username}@students.example"
    if learner.position in OTHER_EMAIL_IN_LMS:
        email = f"{learner.username}.home@mail.example"
    sis_id = None if learner.position in NO_ID_IN_LMS else learner.number
    account = LmsAccount(
        10_000 + learner.index, given_name, family_name, sis_id=sis_id, login=learner.username, email=email
    )
    if learner.position not in TWO_LMS_ACCOUNTS:
        return (account,)
    return account, LmsAccount(
        5_000_000 + learner.index, given_name, family_name, sis_id=None, login=f"{learner.username}.old", email=email
    )


def _name_in_lms(learner: Learner) -> tuple[str, str]:
    """A learner's name as the LMS has it: a nickname, no accents, one surname of two, a typographic apostrophe."""
    if learner.position in NICKNAME:
        return learner.nickname, learner.family
    if learner.position in ACCENTED:
        return unaccented(learner.given), unaccented(learner.family)
    if learner.position in DOUBLE:
        return learner.given, re.split(r"[ -]", learner.family)[0]
    if learner.position in APOSTROPHE:
        return learner.given, learner.family.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")
    return learner.given, learner.family


def tool_account(learner: Learner) -> ToolAccount | None:
    """A learner's account in the adaptive tool, where their grade uses it."""
    if learner.grade not in TOOL_GRADES:
        return None
    given_name, family_name = learner.given, learner.family
    if learner.position in APOSTROPHE:
        family_name = family_name.replace("'", "")
    if learner.position in MISSPELT_IN_TOOL:
        family_name = family_name[:2] + family_name[3] + family_name[2] + family_name[4:]
    number = "" if learner.position in NO_ID_IN_TOOL else learner.number
    if learner.position in UNTIDY_ID_IN_TOOL:
        number = f" {number} "
    key = hex_id("tool", "account", learner.index)
    return ToolAccount(key, learner.username, f"{given_name} {family_name}", number, learner.birth_date.year)


def truth(district: District) -> Iterator[Truth]:
    """Whose account is whose, learner by learner."""
    for index in range(district.size):
        learner = district.learner(index)
        tool = tool_account(learner)
        yield Truth(
            number=learner.number,
            sis=(learner.key,),
            lms=tuple(str(account.id) for account in lms_accounts(learner)),
            tool=(tool.id,) if tool else (),
            assessment=(learner.number,),
        )
