"""Consent: nothing of a child under 13 is kept, by any way, before somebody says that a parent or guardian agreed.

Whose birth date is not told counts as a child (COPPA, 16 CFR 312.5). Who agreed, and when that was said, is kept beside
the submission, so that the same case is the same submission whichever way it came.

Pure.
"""

from datetime import date

from app.errors import Invalid
from app.programs.yes_no import yes_or_no

CHILD = 13
"""Below this age a guardian's consent comes first."""
REQUIRED = (
    "A parent or guardian has to agree before anything is kept of a child under 13, or of whose birth date is not told."
)
AS_SAID = "a parent or guardian"
"""Who agreed, where nobody says the name."""
AGREED = frozenset(
    (
        "on file",
        "onfile",
        "agreed",
        "agree",
        "i agree",
        "signed",
        "given",
        "granted",
        "consented",
        "received",
        "consent",
    )
)
REFUSED = frozenset(("declined", "refused", "pending", "not yet", "waiting", "missing", "not signed", "not agreed"))
"""What a list writes for yes and for no, beside these words."""


def needed(born: date | None, today: date) -> bool:
    """Whether a guardian's consent is needed: of whoever is under 13, or tells no birth date."""
    return born is None or today.year - born.year - ((today.month, today.day) < (born.month, born.day)) < CHILD


def grown_since(today: date) -> date:
    """The latest birth date of whom no guardian's consent is needed any more."""
    day = 28 if (today.month, today.day) == (2, 29) else today.day
    return date(today.year - CHILD, today.month, day)


def check(consent: str | None, born: date | None, today: date) -> None:
    """Invalid where consent is needed, and nobody has said that somebody agreed."""
    if not consent and needed(born, today):
        raise Invalid(REQUIRED, pointers={"/consent": REQUIRED})


def agreed(cell: str) -> bool | None:
    """What a cell of a list says: whether somebody agreed; None where it says neither."""
    return yes_or_no(cell, AGREED, REFUSED)
