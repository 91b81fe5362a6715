"""The rollover report: who moved up, repeats, came and left between a source's two school years."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query

from app.api.kit.body import SoundRoute
from app.api.kit.context import Reader, SourceReader
from app.api.kit.problem import problems
from app.api.sources.wire_rollover import GradeMoves, MoveCounts, RolloverReport, RolloverStudents, Standing, Student
from app.request import Inside
from app.rosters import moves, rollover
from app.rosters.moves import MOVES, Move
from app.rosters.rollover import GradeCounts

router = APIRouter(prefix="/v1/sources/{source}/rollover", tags=["Sources"], route_class=SoundRoute)
SourceId = Annotated[int, Path(ge=1, le=2**31 - 1, examples=[3])]


@router.get("", responses=problems(404, 409))
async def read_rollover(source: SourceId, caller: SourceReader, inside: Inside) -> RolloverReport:
    """Lay the new school year's roster beside the old one: how many moved up, came and left, by school and grade.

    The old roster is the one that was known when the rollover of the source's calendar began; the new one is what the
    source lists now.
    """
    async with inside.db.transaction(caller.tenant) as tx:
        report = await rollover.rollover(tx, source, datetime.now(UTC))
    return RolloverReport(
        begins=report.begins,
        ends=report.ends,
        turning=report.turning,
        listed_at=report.listed_at,
        listed=report.listed,
        known_before=report.known_before,
        totals=_counts(report.totals),
        grades=[
            GradeMoves(
                school=group.school,
                school_name=report.school_name(group.school),
                grade=group.grade,
                counts=_counts(group),
            )
            for group in report.grades
        ],
    )


@router.get("/students", responses=problems(404, 409))
async def list_rollover_students(
    source: SourceId,
    caller: Reader,
    inside: Inside,
    move: Annotated[Move | None, Query(description="only those who made this move")] = None,
    school: Annotated[str | None, Query(max_length=500, description="only those of this school, by its key")] = None,
    grade: Annotated[str | None, Query(max_length=100, description="only those of this grade")] = None,
    changed_school: Annotated[
        bool | None,
        Query(alias="changedSchool", description="only those at another school than before, or only others"),
    ] = None,
    offset: Annotated[int, Query(ge=0, le=2**31 - 1, description="how many to leave out, of those before")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000, description="how many at most")] = 100,
) -> RolloverStudents:
    """Who they are, by name: where each student stood, and stands. Who has left counts where they were."""
    async with inside.db.transaction(caller.tenant) as tx:
        report = await rollover.rollover(tx, source, datetime.now(UTC))
    chosen = report.chosen(move=move, school=school, grade=grade, changed_school=changed_school)
    return RolloverStudents(total=len(chosen), students=[_student(each) for each in chosen[offset : offset + limit]])


def _counts(counts: GradeCounts) -> MoveCounts:
    by_name = {name.replace(" ", "_"): counts.moves.get(name, 0) for name in MOVES}
    return MoveCounts(**by_name, changed_school=counts.changed_school)


def _student(student: moves.Student) -> Student:
    return Student(
        learner=student.learner,
        key=student.key,
        name=student.name,
        move=student.move,
        steps=student.steps,
        changed_school=student.changed_school,
        before=_standing(student.before),
        after=_standing(student.after),
    )


def _standing(standing: moves.Standing | None) -> Standing | None:
    return None if standing is None else Standing(schools=list(standing.schools), grade=standing.grade)
