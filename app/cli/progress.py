"""Progress bars and the tables that follow them: what a run is doing, and what it did."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.markup import escape
from rich.padding import Padding
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from app.cli.console import err, out, table
from app.pipeline.ingest import Outcome, RejectedRecord
from app.pipeline.report import Progress as Told
from app.pipeline.report import Report, cells_in_words, most_rows

COLUMNS = ("new", "updated", "unchanged", "absent", "rejected")
NOTES_SHOWN = 20
REJECTS_SHOWN = 8
FIELDS_SHOWN = 12


@contextmanager
def bars() -> Iterator[Told]:
    """A bar for each stream or step that reports how many records more are done; nothing where nobody watches."""
    display = Progress(
        SpinnerColumn(finished_text="[green]✓[/]"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.completed:,} records"),
        TimeElapsedColumn(),
        console=err,
        disable=not err.is_terminal,
    )
    steps: dict[str, TaskID] = {}

    def finish() -> None:
        for task in display.tasks:
            display.update(task.id, total=task.completed or 1)

    def show(step: str, more: int) -> None:
        if step not in steps:
            finish()
            steps[step] = display.add_task(escape(step), total=None)
        display.advance(steps[step], more)

    with display:
        yield show
        finish()


def print_report(report: Report) -> None:
    """What a run did, stream by stream, what it set apart and why, and what nobody mapped."""
    counted = table("stream", *COLUMNS)
    for column in counted.columns[1:]:
        column.justify = "right"
    for name, outcome in report.streams.items():
        counted.add_row(name, *(f"{outcome.counts[word]:,}" for word in COLUMNS))
    if report.streams:
        out.print(counted)
    rejected = [reject for outcome in report.streams.values() for reject in outcome.rejected]
    if rejected:
        out.print(f"\n[yellow]{len(rejected):,} rejected[/], kept in quarantine with the reason:")
        _print_rejected(rejected)
    for name, outcome in report.streams.items():
        if outcome.leftovers:
            fields = ", ".join(sorted(outcome.leftovers)[:FIELDS_SHOWN])
            out.print(f"\n[yellow]not mapped[/] in {name}, kept with the records: {escape(fields)}")
        if outcome.odd:
            _print_odd(name, outcome)
        if cells := cells_in_words(outcome):
            out.print(f"\ncells of {name}: {cells}")
    notes = [note for outcome in report.streams.values() for note in outcome.notes]
    if notes:
        out.print("\n[yellow]to know[/], how it was read:")
        for note in notes[:NOTES_SHOWN]:
            out.print(f"  {escape(note)}")
        if len(notes) > NOTES_SHOWN:
            out.print(f"… and {len(notes) - NOTES_SHOWN:,} more")
    for message in report.messages:
        out.print(f"\n{escape(message)}")


def _print_rejected(rejected: list[RejectedRecord]) -> None:
    """Records set apart, those of one reason together: how many, and where the first are."""
    reasons: dict[str, list[str]] = {}
    for reject in rejected:
        reasons.setdefault(reject.reason, []).append(reject.where)
    by_count = sorted(reasons.items(), key=lambda entry: -len(entry[1]))
    for reason, places in by_count[:REJECTS_SHOWN]:
        more = f" and {len(places) - 3:,} more" if len(places) > 3 else ""
        print_reason(f"{'; '.join(places[:3])}{more}", reason)
    if (rest := sum(len(places) for _, places in by_count[REJECTS_SHOWN:])) > 0:
        out.print(f"… and {rest:,} more")


def _print_odd(name: str, outcome: Outcome) -> None:
    """Values that could not be read, by column and word: the rows stand, and keep the cell as it is."""
    rows = sum(odd.rows for odd in outcome.odd.values())
    out.print(f"\n[yellow]{rows:,} odd values[/] in {name}: each is kept as it is, and its row stands without it:")
    entries = most_rows(outcome.odd)
    for (field, value, reason), odd in entries[:REJECTS_SHOWN]:
        print_reason(f"{field}: {value!r}, {odd.rows:,} times (first {', '.join(odd.places)})", reason)
    if len(entries) > REJECTS_SHOWN:
        out.print(f"… and {len(entries) - REJECTS_SHOWN:,} more")


def print_reason(where: str, reason: str) -> None:
    """A record set apart, and below it why."""
    out.print(f"  {escape(where)}")
    out.print(Padding(escape(reason), (0, 0, 0, 6)))
