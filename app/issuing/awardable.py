"""What of a learner's record can be issued, and what of it means something to whoever reads it elsewhere.

Everything can be chosen by its path. Without a choice a learner record holds courses and terms with their marks,
credit, competencies that are mastered, badges, examinations and projects; never the work of every day.
"""

from collections.abc import Sequence

from app.db import Tx
from app.issuing import from_credit
from app.issuing.awards import Item
from app.issuing.courses import courses
from app.issuing.from_mastery import competencies
from app.issuing.kinds import is_examination, is_project
from app.records.document import WholeRecord


async def awardable(tx: Tx, home: str, record: WholeRecord) -> list[Item]:
    """All that can be issued of a record, the learner's credit first; `home` is where achievements are published."""
    return [
        *await from_credit.awardable(tx, home, record),
        *courses(record),
        *await competencies(tx, home, record.learner),
    ]


def outward(record: WholeRecord, awardables: Sequence[Item]) -> list[Item]:
    """What of it means something outside: of an examination with its parts in one report, the whole."""
    wholes: dict[str, str] = {}
    for entry in record.results:
        if is_examination(entry) or is_project(entry):
            report, _, n = entry.id.rpartition("-")
            wholes[report] = min(wholes.get(report, n), n, key=int)
    spoken = {f"/results/{report}-{n}" for report, n in wholes.items()}
    return [item for item in awardables if item.path in spoken or not item.path.startswith("/results/")]
