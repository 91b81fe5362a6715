"""A header of a learner's record of whom nothing is told."""

from app.records.document import FOLD, Glance, Header, Links, Sections, SectionSummary

NONE = SectionSummary(count=0, past=0, retracted=0, mark="", url="", settings=())
HEADER = Header(
    id="00000000-0000-0000-0000-000000000001",
    fold=FOLD,
    state="current",
    names=(),
    identifiers=(),
    birth_dates=(),
    pronouns=(),
    emails=(),
    grades=(),
    schools=(),
    guardians=(),
    more={},
    classes=(),
    sections=Sections(enrollments=NONE, results=NONE, credentials=NONE, evidence=NONE),
    competencies=Glance(shown=0, mastered=0, frameworks=()),
    conflicts=(),
    sources=(),
    withheld=0,
    links=Links(self="", full="", timeline="", provenance="", plans=""),
)
