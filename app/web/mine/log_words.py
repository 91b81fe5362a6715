"""The disclosure log in plain words: what somebody looked at, as what, and why they may. Pure but for the language.

The log itself is written once, in English, as the law wants it kept; here it is read to a family.
"""

import re

from app.db.sharing.shared import DisclosureRow
from app.web.kit import names
from app.web.kit.words import _, day, later

WHAT = {
    "record page": later("opened the record"),
    "report card": later("opened the report card"),
    "plan": later("opened the plan"),
    "own notes": later("opened the notes of their own"),
    "competency page": later("opened the reasons of one level"),
    "where a value comes from": later("looked up where a value comes from"),
    "check-ins": later("opened the notes of talks"),
    "credentials page": later("opened the badges and credentials"),
    "credit page": later("opened the credit"),
    "issuing": later("opened what badges can be issued of"),
    "revoking": later("opened a badge to revoke it"),
    "invitation": later("opened the form that invites somebody to this record"),
    "own record page": later("opened the record"),
    "own badges page": later("opened the badges"),
    "own badge requests page": later("opened the page that asks for a badge"),
    "level of a competency": later("opened the form that sets a level"),
    "answer to a correction": later("answered a request for a correction"),
    "own exhibitions page": later("opened the exhibitions"),
    "own page of looks": later("opened this list"),
    "own page of corrections": later("opened the requests for corrections"),
    "class gradebook": later("saw the levels in a class's gradebook"),
    "class needs": later("saw what a class needs this week"),
    "caseload": later("saw when somebody last talked with them, in a list"),
    "groups of a caseload": later("saw who needs the same now, in a list"),
    "credit proposals": later("saw it in a list of whom credit is proposed for"),
    "near matches": later("saw name, birth date and numbers, to say whether two are one child"),
    "search": later("saw the name in a list of learners"),
    "held list": later("saw the name in a list of who is no longer in a source, or changes there"),
    "quarantine": later("saw what a source sent and could not be read"),
    "rollover": later("saw the name in a list of who moves up, comes and leaves"),
    "list of credentials": later("saw badges in a list of those issued"),
    "list of corrections": later("saw a request for a correction in a list"),
    "submission": later("opened work that was handed in, to review it"),
    "candidates": later("saw the name in a list of those whose work that was handed in may be"),
    "assessment link": later("opened work that was handed in, to assess it"),
    "share link": later("opened a link that was shared"),
    "record link": later("opened a link to the record"),
}
"""What the log calls a way of looking, and what it is to a family."""

WHY: tuple[tuple[str, str], ...] = (
    (r"(?P<role>\w+) of the district", later("Their role lets them see every record of the district.")),
    (r"(?P<role>\w+) of this learner since (?P<day>[\d-]+)", later("Given for this learner on %(day)s.")),
    (r"(?P<role>\w+) of a program that knows them", later("They work for a program that knows this learner.")),
    (r"(?P<role>\w+) of what programs hand in", later("They review what programs hand in.")),
    (r"asked to assess this work", later("The district asked them to assess this work.")),
    (r"their (?P<role>\w+), as the roster tells", later("The school's roster names them.")),
    (r"(?P<role>\w+) at their school", later("They work at this learner's school.")),
    (r"their own record", later("It is their own record.")),
    (
        r"(?P<role>\w+) of their class (?P<title>.+?)(?: since (?P<day>[\d-]+))?",
        later("They have the class %(title)s."),
    ),
)
"""Reasons as the log has them, and in a family's words."""


ANYBODY = later("whoever has the link")
"""Who opened a link that was made for nobody in particular: `app.sharing`."""


def what(row: DisclosureRow) -> str:
    """What was looked at; in the log's own words where nobody has better ones."""
    way = row.via.partition(", ")[0]
    known = WHAT.get(way) or next((words for name, words in WHAT.items() if way.startswith(f"{name} ")), None)
    return _(known) if known else way


def who(row: DisclosureRow) -> tuple[str, str]:
    """Who it was, and as what."""
    name, _bracket, role = row.party.removesuffix(")").rpartition(" (")
    if not name or not _in_our_words(row):
        return _(ANYBODY) if row.party == ANYBODY else row.party, ""
    return name, names.role(role)


def why(row: DisclosureRow) -> str:
    """Why they may; what a family wrote itself stands as it is."""
    if _in_our_words(row):
        for pattern, words in WHY:
            if match := re.fullmatch(pattern, row.purpose):
                values = match.groupdict()
                return _(words, **{**values, "day": day(values["day"]) if values.get("day") else ""})
    return "" if row.via.startswith("record link ") else row.purpose


def _in_our_words(row: DisclosureRow) -> bool:
    """Whether role and reason are ours, and not what a family or an app wrote."""
    return ", account " in row.via or ", client " in row.via or row.via.startswith("assessment link ")
