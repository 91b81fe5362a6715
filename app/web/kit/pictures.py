"""Pictures for who reads them at home: levels and marks in their language, competencies in words and not by codes."""

from typing import Final

from app.mastery.pictures.wording import Wording
from app.web.kit import descriptors
from app.web.kit.words import _, later

SAID: Final = (
    *(later("school"), later("adaptive tool"), later("after school"), later("home or work")),
    *(later("faint: did not decide the level"), later("mastered from here on"), later("set by a teacher")),
    *(later("Profile: levels by competency, strengths first"), later("Nothing has been shown yet.")),
    *(later("and %(n)s more"), later("and %(n)s earlier"), later("no level yet"), later("%(n)s from %(where)s")),
    *(later("%(level)s, mastered"), later("%(level)s, not mastered yet")),
)
"""What pictures say: here, so that the catalogs have it."""
AT_HOME: Final = Wording(say=_, level=descriptors.name, codes=False)
