"""Assessment files: MAP Growth's export of 143 columns mapped and loaded, as CSV and as a workbook; a wide draft.

`python -m bench.assessments`, and part of `make bench`. The raw limit of mapping is Python's own csv and json: each row
read as a dictionary and written as an object.
"""

import argparse
import asyncio
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import uvloop

from app.db import Database
from app.pipeline import file, raw
from app.pipeline.normalize import normalize
from app.start import tune_garbage_collection
from bench.figures import Figure, show
from bench.load import peak, sis
from bench.meter import Meter
from bench.place import Place, place
from connectors.assessment_file import AssessmentFileSettings, connector
from connectors.assessment_file.looking import drafted
from tests.support.written import xlsx

SAMPLE = Path(__file__).parents[1] / "connectors/assessment_file/fixtures/map_growth/page.csv"
LAYOUT = "map_growth"
ROWS, WIDE, SHEET = 20_000, 2000, 5000
MEMORY = 300
"""MB that loading may take, however many rows there are."""


def prepare(folder: Path, rows: int) -> Path:
    """An export of so many learners, a row each, as CSV."""
    with SAMPLE.open(encoding="utf-8-sig", newline="") as opened:
        header, *rows_of_sample = csv.reader(opened)
    samples = [row for row in rows_of_sample if len(row) == len(header)]
    path = folder / "map.csv"
    with path.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(header)
        writer.writerows(_learners(header, samples, rows))
    return path


def _learners(header: list[str], samples: list[list[str]], rows: int) -> Iterator[list[str]]:
    numbers = [index for index, name in enumerate(header) if name.lower() in ("studentid", "student_stateid")]
    for n in range(rows):
        row = [*samples[n % len(samples)]]
        for index in numbers:
            row[index] = f"{1_000_000 + n}"
        yield row


def figures(place: Place, rows: int = ROWS) -> list[Figure]:
    """One round: mapped without a database, beside csv and json; loaded; a workbook; a draft of a wide file."""
    meter = Meter((os.getpid(),))
    path = prepare(place.files, rows)
    with meter.spent() as mapped:
        count = _map(path)
    with meter.spent() as plain:
        _copy(path)
    sheet = _workbook(path)
    with meter.spent() as of_sheet:
        in_sheet = _map(sheet)
    short = prepare(place.files, SHEET)
    with meter.spent() as of_csv:
        _map(short)
    wide = _wide(place.files)
    with meter.spent() as draft:
        drafted(wide)
    path = prepare(place.files, rows)
    command = [sys.executable, "-m", "bench.assessments", "--load", place.service_url, str(path), str(place.postmaster)]
    loaded = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return [
        Figure(
            f"assessments: {count:,} rows of 143 columns, mapped", "rows/CPU-s", count / mapped.cpu, count / plain.cpu
        ),
        Figure("the same, loaded", "rows/CPU-s", rows / loaded["cpu"], rows / plain.cpu),
        Figure("peak memory, loading", "MB", loaded["mb"], None, MEMORY, ceiling=True),
        Figure("a workbook of them, mapped", "rows/CPU-s", in_sheet / of_sheet.cpu, SHEET / of_csv.cpu, 0.3),
        Figure(f"a draft of {WIDE:,} columns", "CPU-s", draft.cpu, None, 5, ceiling=True),
    ]


def _map(path: Path) -> int:
    """Map a file as the pipeline does, validated, without a database; how many rows."""
    assert connector.file is not None
    streams = {stream.name: stream for stream in connector.streams}
    count = 0
    for part in connector.file(path, AssessmentFileSettings()):
        for page in part.pages:
            for items in raw.rounds(page, streams[part.stream], 1)[0]:
                outcome = normalize(streams[part.stream], items, page.columns)
                if outcome.failures:
                    raise SystemExit(f"the bench's own rows were rejected: {outcome.failures[0][1]}")
                count += len(items)
    return count


def _copy(path: Path) -> None:
    """Read each row as a dictionary, and write it as JSON."""
    with path.open(encoding="utf-8", newline="") as opened, Path(os.devnull).open("w") as out:
        out.writelines(json.dumps(row) for row in csv.DictReader(opened))


def _workbook(path: Path) -> Path:
    with path.open(encoding="utf-8", newline="") as opened:
        rows = [row for _, row in zip(range(SHEET + 1), csv.reader(opened), strict=False)]
    sheet = path.with_suffix(".xlsx")
    sheet.write_bytes(xlsx(rows))
    return sheet


def _wide(folder: Path) -> Path:
    """A file that no layout knows: a learner, a day, and scores of so many goals that it is this wide."""
    path = folder / "wide.csv"
    columns = [f"Goal {n} {what}" for n in range(1, WIDE // 2) for what in ("Score", "Level")]
    with path.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(["Student ID", "Test Date", *columns])
        for n in range(200):
            writer.writerow(
                [605_000 + n, "9/8/2025", *(cell for k in range(1, WIDE // 2) for cell in ((n * k) % 90, "On"))]
            )
    return path


async def spend(url: str, path: Path, postmaster: int) -> dict[str, float]:
    """Load a file: CPU-seconds of both sides of the socket, and this process's peak memory."""
    meter = Meter((os.getpid(), postmaster))
    async with Database(url, 2) as db:
        source = await sis(db, LAYOUT.replace("_", "-"), "assessment_file")
        with meter.spent() as spent:
            report = await file.load(db, source, path, dry_run=False)
    if report.state != "done":
        raise SystemExit(f"the bench's own file was not taken: {report.state}, {report.message}")
    return {"cpu": spent.cpu, "mb": peak()}


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.assessments", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of the file")
    parser.add_argument("--load", nargs=3, metavar=("URL", "FILE", "POSTMASTER"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    tune_garbage_collection()  # as `tessera` does
    if chosen.load:
        url, path, postmaster = chosen.load
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            print(json.dumps(runner.run(spend(url, Path(path), int(postmaster)))))
        return
    folder = Path(tempfile.mkdtemp(prefix="tessera-bench-", dir="/tmp"))
    folder.chmod(0o711)  # as root, PostgreSQL runs as someone else and must get through
    try:
        with place(folder) as here:
            show([figures(here, chosen.rows)])
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
