"""Pictures in the language of who reads them; at home, competencies by their words and not by their codes."""

from typing import Final

from app.mastery.pictures.wording import Wording
from app.web.kit import descriptors
from app.web.kit.words import _, day, later, short_day

SAID: Final = (
    *(later("school"), later("adaptive tool"), later("after school"), later("home or work")),
    *(later("faint: did not decide the level"), later("mastered from here on"), later("set by a teacher")),
    *(later("Profile: levels by competency, strengths first"), later("Nothing has been shown yet.")),
    *(later("and %(n)s more"), later("and %(n)s earlier"), later("no level yet"), later("%(n)s from %(where)s")),
    *(later("%(level)s, mastered"), later("%(level)s, not mastered yet")),
    *(
        later("Not aligned to a framework yet"),
        later("in the words of its source"),
        later('"%(said)s", says its source'),
    ),
    *(later("and %(n)s more competencies"), later("Growth: levels over time"), later("%(level)s from %(day)s")),
    later(" (by %(policy)s)"),
)
"""What pictures say: here, so that the catalogs have it."""
PHONE, PAGE = 280, 700
"""How wide pictures are drawn, in pixels: CSS shows the one that fits. At 320 pixels a page has some 250 for one."""
AT_HOME: Final = Wording(say=_, level=descriptors.name, codes=False, day=day, short_day=short_day)
AT_SCHOOL: Final = AT_HOME._replace(codes=True)
