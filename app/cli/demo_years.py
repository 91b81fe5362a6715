"""What the demo shows of a learner's two years: last year as its source told of it, and what became of that since."""

import tempfile
from pathlib import Path

import httpx
from rich.markup import escape

from app.cli.answers import answer_of
from app.cli.console import table
from app.cli.progress import bars
from app.cli.tour import Screen
from app.db.sources.sources import SourceRow
from app.pipeline.file import load
from app.pipeline.report import Report
from app.sandbox.district import District
from app.sandbox.last_year import write_last_year
from app.sources import known
from app.sources.source import open_source
from app.start import Service

LAST_YEAR = "2026-04-01"


async def import_last_year(service: Service, row: SourceRow, district: District) -> dict[str, Report]:
    """Import the archive as it was in June and as it is in November; once, for June comes only once."""
    async with service.db.transaction(row.tenant_id) as tx:
        came = bool(await known.runs(tx, row.id, 1))
    source, reports = open_source(row, service.vault, service.settings.limits), {}
    with tempfile.TemporaryDirectory() as folder, bars() as progress:
        for name, over in (("June", False), ("November", True)):
            if over or not came:
                path = Path(folder) / name
                write_last_year(district, path, over=over)
                reports[f"{row.name}, {name}"] = await load(service.db, source, path, dry_run=False, progress=progress)
    return reports


async def show_years(api: httpx.AsyncClient, learner: str, headers: dict[str, str], source: str) -> Screen:
    """What a source told of last year and tells no more, and the record as it was then."""
    path = f"/v1/learners/{learner}/record"
    screen = Screen("Two years: nothing that was learned is forgotten")
    screen.add("What last year's SIS told, and what became of it:\n")
    became = table("what", "when", "now", "since")
    for section, state in (("enrollments", "ended"), ("results", "unlisted"), ("results", "retracted")):
        filters = {"source": source, "state": state}
        for entry in answer_of(await api.get(f"{path}/{section}", params=filters, headers=headers))["entries"]:
            title = entry.get("title") or entry["class"].get("title") or entry["class"]["key"]
            when = f"{entry['begins']} to {entry['ends']}" if section == "enrollments" else entry["date"]
            score = f": {entry['score']:g} of {entry['maximum']:g}" if "maximum" in entry else ""
            now = {"unlisted": "listed no more", "retracted": "taken back: not in the record"}.get(state, state)
            became.add_row(escape(f"{title}{score}"), when, now, entry["past"]["since"][:10])
    screen.add(became)
    then = answer_of(await api.get(path, params={"as_of": LAST_YEAR}, headers=headers))
    classes = [entry["class"].get("title") or entry["class"]["key"] for entry in then.get("enrollments", ())]
    screen.add(f"\nThe record as of {LAST_YEAR}: in {escape(', '.join(classes) or 'no class')},")
    screen.add(
        f"with {len(then.get('results', ()))} results up to that day. Ask for any day, by what was known at any time:"
    )
    screen.add(f"  GET {path}?as_of={LAST_YEAR}&known_at=…")
    return screen
