"""`tessera source rollover`: who moved up, repeats, came and left between a source's two school years."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.markup import escape

from app.cli.console import JsonOption, TenantOption, out, print_json, run, source_of, table, tenant_of
from app.cli.sources import SlugArgument
from app.errors import ConfigError, DomainError
from app.rosters import rollover as rosters_rollover
from app.rosters.moves import MOVES, Move, Standing, Student
from app.rosters.rollover import GradeCounts, RolloverReport
from app.start import Service


def rollover(
    slug: SlugArgument,
    names: Annotated[bool, typer.Option("--names", help="list the students, not only how many")] = False,
    move: Annotated[str | None, typer.Option(help=f"with --names, only one of: {', '.join(MOVES)}")] = None,
    school: Annotated[str | None, typer.Option(help="with --names, only this school, by its key")] = None,
    grade: Annotated[str | None, typer.Option(help="with --names, only this grade")] = None,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Lay the new school year's roster beside the old one: who moved up, came and left, by school and grade."""
    only = _move(move)

    async def work(service: Service) -> RolloverReport:
        owner = await tenant_of(service, tenant)
        row = await source_of(service, owner, slug)
        async with service.db.transaction(owner.id) as tx:
            try:
                return await rosters_rollover.rollover(tx, row.id, datetime.now(UTC))
            except DomainError as why:
                raise ConfigError(why.detail) from None

    report = run(work)
    students = report.chosen(move=only, school=school, grade=grade) if names else []
    if as_json:
        print_json([_student(student) for student in students] if names else _document(report))
    elif names:
        _print_students(report, students)
    else:
        _print_counts(report)


def _move(name: str | None) -> Move | None:
    if name is None:
        return None
    for move in MOVES:
        if name == move:
            return move
    raise ConfigError(f"--move '{name}' is none of {', '.join(MOVES)}")


def _document(report: RolloverReport) -> dict[str, Any]:
    return {
        "begins": report.begins,
        "ends": report.ends,
        "turning": report.turning,
        "listed_at": report.listed_at,
        "listed": report.listed,
        "totals": _counts(report.totals),
        "grades": [
            {"school": group.school, "school_name": report.school_name(group.school), "grade": group.grade}
            | _counts(group)
            for group in report.grades
        ],
    }


def _counts(counts: GradeCounts) -> dict[str, int]:
    return {move: counts.moves.get(move, 0) for move in MOVES} | {"changed school": counts.changed_school}


def _student(student: Student) -> dict[str, Any]:
    return asdict(student) | {"move": student.move, "steps": student.steps, "changed_school": student.changed_school}


def _print_counts(report: RolloverReport) -> None:
    columns = [*MOVES, "changed school"]
    listing = table("school", "grade", *columns)
    for group in report.grades:
        numbers = _counts(group)
        school = escape(report.school_name(group.school) or "no school")
        listing.add_row(school, escape(group.grade or "none"), *(f"{numbers[name]:,}" for name in columns))
    totals = _counts(report.totals)
    listing.add_row("[bold]all[/]", "", *(f"[bold]{totals[name]:,}[/]" for name in columns))
    out.print(listing)
    if not report.known_before:
        out.print(f"\nNothing was known before {report.begins}: whoever is here counts as come.")
    if not report.listed:
        out.print(f"\nNo full listing has come since {report.begins}: this is the old year's roster still.")
    elif report.turning:
        out.print(f"\nThe year turns until {report.ends}: who is not listed yet may still come.")


def _print_students(report: RolloverReport, students: list[Student]) -> None:
    listing = table("name", "key", "move", "before", "now")
    for student in students:
        move = f"{student.move}, at another school" if student.changed_school else student.move
        places = (_place(report, standing) for standing in (student.before, student.after))
        listing.add_row(escape(student.name or ""), escape(student.key), move, *places)
    out.print(listing if students else "There is none.")


def _place(report: RolloverReport, standing: Standing | None) -> str:
    if standing is None:
        return ""
    return escape(", ".join(filter(None, (standing.grade, report.school_name(standing.school)))))
