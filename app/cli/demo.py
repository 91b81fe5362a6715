"""`tessera demo`: a made-up district pulled and pushed, one learner's record shown, and a credential issued of it."""

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import httpx
import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from app.access.scopes import Scope
from app.cli.answers import answer_of
from app.cli.console import err, out, table
from app.cli.demo_credentials import show_credential
from app.cli.demo_mastery import show_competencies
from app.cli.demo_matching import Library, show_matching
from app.cli.demo_people import show_people
from app.cli.demo_program import NAME as PROGRAM
from app.cli.demo_program import show_program
from app.cli.demo_years import import_last_year, show_years
from app.cli.progress import COLUMNS, bars
from app.cli.record_text import portrait
from app.cli.sample import Sample, key, sample
from app.cli.serve import api_server, configure_logging, job_worker, listening, opened_service
from app.cli.tour import Screen, walk
from app.errors import ConfigError
from app.jobs.tasks import sync_source
from app.pipeline.file import load
from app.pipeline.report import Report
from app.records.document import FullRecord
from app.records.settle import settle, unsettled
from app.sandbox.assessment import write_map_growth
from app.sandbox.district import NAME, District
from app.sandbox.pushes import badge_submissions, evidence, readers, sign_ups
from app.sandbox.serve import Addresses, serving
from app.sandbox.world import World
from app.settings import Settings
from app.sources.source import open_source
from app.start import Service

LOOPBACK = "127.0.0.1"
PORT = 8901
PORT_FILE = "demo-port"  # in the data folder: where the systems were the last time
PULLED = {"sis": "OneRoster 1.2", "lms": "Canvas", "tool": "Kolibri"}
TERMS = ("spring", "fall")
WORDS = ("new", "updated", "unchanged", "rejected")  # what the API says of an item
PATIENCE = 300  # seconds in which the job_worker must have taken up something more, on the slowest machine
MOST = 4  # entries of a kind on one screen


@dataclass(slots=True)
class Stage:
    """What the demo plays on: the service, its API, the sample district, and what has changed so far."""

    service: Service
    api: httpx.AsyncClient
    sample: Sample
    district: District
    changed: Counter[str] = field(default_factory=Counter)

    def headers(self, key: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {key}"}


def demo(no_pause: Annotated[bool, typer.Option("--no-pause", help="show all of the tour at once")] = False) -> None:
    """Show everything on a made-up district of 500 learners. Then 'tessera serve' serves what it has made."""
    began = time.monotonic()
    configure_logging("warning")
    screens = asyncio.run(play(Settings(), District()))
    out.print(f"\n[green]✓[/] All is loaded, in {time.monotonic() - began:.0f} s. A tour of what came of it:")
    walk(screens, pauses=not no_pause)


async def play(settings: Settings, district: District) -> list[Screen]:
    """Play the demo on a district; the tour of what came of it. ConfigError where a step does not do what it should."""
    with _systems(district, settings.data) as addresses:
        reachable = (
            *settings.private_addresses,
            urlsplit(addresses.root).netloc,
        )  # the made-up systems, and nothing else here
        settings = settings.model_copy(update={"private_addresses": reachable})
        async with _stage(settings, district, addresses) as stage:
            out.print(f"[bold]{NAME}[/]: {district.size} learners, all made up, and the systems that know them.")
            await _pull(stage)
            await _files(stage)
            await _push(stage)
            await _settled(stage)
            if not stage.changed:
                out.print("\n[green]Nothing changed[/] since the last time: every record was the same.")
            return await _tour(stage, settings)


@contextmanager
def _systems(district: District, folder: Path) -> Iterator[Addresses]:
    """The district's systems, at the port where they were the last time if it is free: their records name it.

    Where it is taken any other will do, and the records that name it count as updated.
    """
    noted = folder / PORT_FILE
    last = int(noted.read_text()) if noted.exists() else PORT
    with ExitStack() as stack:
        try:
            addresses = stack.enter_context(serving(World(district), last))
        except OSError:
            addresses = stack.enter_context(serving(World(district)))
        yield addresses
        noted.write_text(addresses.root.rpartition(":")[2])


@asynccontextmanager
async def _stage(settings: Settings, district: District, addresses: Addresses) -> AsyncIterator[Stage]:
    from app.main import create_app  # here, for the other commands do without it and start faster

    with listening(LOOPBACK, 0) as bound:
        app = create_app(settings)
        async with (
            opened_service(app) as service,
            api_server(app, settings, bound) as (url, _),
            job_worker(service, enabled=True),
            httpx.AsyncClient(base_url=url, timeout=60) as api,
        ):
            yield Stage(service, api, await sample(service, addresses), district)


async def _pull(stage: Stage) -> None:
    out.print("\n[bold]Pulled[/] over HTTP from the district's systems")
    reports = {}
    for slug, product in PULLED.items():
        row = stage.sample.sources[slug]
        with bars() as progress:
            reports[f"{row.name} ({product})"] = await sync_source(
                stage.service, row, full=False, allow_shrink=False, progress=progress
            )
    _count(stage, reports)


async def _files(stage: Stage) -> None:
    out.print("\n[bold]Imported[/] from files: last year's SIS, and an assessment vendor")
    reports = await import_last_year(stage.service, stage.sample.sources["sis-last-year"], stage.district)
    source = open_source(stage.sample.sources["tests"], stage.service.vault, stage.service.settings.limits)
    with tempfile.TemporaryDirectory() as folder, bars() as progress:
        for term in TERMS:
            path = Path(folder) / f"map_growth_{term}.csv"
            write_map_growth(stage.district, term, path)
            reports[f"MAP Growth, {term}"] = await load(
                stage.service.db, source, path, dry_run=False, progress=progress
            )
        await settle(stage.service.db, stage.sample.tenant.id, progress=progress)
    _count(stage, reports)


async def _push(stage: Stage) -> None:
    out.print("\n[bold]Pushed[/] over HTTP, each with a key of its own")
    counted = table("who", "how", *WORDS)
    scope: Scope
    for slug, path, scope, items in (
        ("writing-coach", "/v1/evidence", "evidence.write", list(evidence(stage.district))),
        ("robotics-club", "/v1/badges", "credentials.write", list(badge_submissions(stage.district))),
        ("library", "/v1/evidence", "evidence.write", sign_ups(stage.district)),
    ):
        source = stage.sample.sources[slug]
        opens = await key(stage.service, stage.sample.tenant, source.name, [scope], source.id)
        outcome = answer_of(await stage.api.post(path, json=items, headers=stage.headers(opens)))
        counts = Counter(item["status"] for item in outcome["items"])
        _note(stage, counts)
        counted.add_row(source.name, f"POST {path}", *(str(counts[word]) for word in WORDS))
    out.print(counted)


async def _settled(stage: Stage) -> None:
    """Wait until the job_worker has taken up what was pushed: however long it takes, as long as it gets on."""
    remaining, moved = -1, time.monotonic()
    with err.status("Bringing the learners' records up to date"):
        while left := await unsettled(stage.service.db, stage.sample.tenant.id):
            if left != remaining:
                remaining, moved = left, time.monotonic()
            if time.monotonic() - moved > PATIENCE:
                raise ConfigError(f"{left} changes wait, and none was taken up in {PATIENCE} s: tessera doctor")
            await asyncio.sleep(0.1)


async def _tour(stage: Stage, settings: Settings) -> list[Screen]:
    scopes: list[Scope] = ["learners.read", "quarantine.manage", "identity.manage", "shares.manage"]
    opens = await key(stage.service, stage.sample.tenant, "Demo", scopes, None)
    learner, *screens = await _show_learner(stage, opens)
    mastery = await show_competencies(stage.api, learner.id, stage.headers(opens), settings.data, settings.home)
    return [
        *screens,
        await show_years(stage.api, learner.id, stage.headers(opens), "sis-last-year"),
        *([mastery] if mastery else []),
        await _program(stage, learner),
        await _matching(stage, opens),
        await _show_set_apart(stage, opens),
        await _issue(stage, learner.id, settings.data),
        _show_next(learner, opens, settings.home),
        await show_people(
            stage.service, stage.sample.tenant, stage.district, stage.sample.sources["sis"].id, learner.number
        ),
    ]


@dataclass(frozen=True, slots=True)
class DemoLearner:
    """The learner who is shown: their id, and their number in the district."""

    id: str
    number: str


def _show_next(learner: DemoLearner, opens: str, home: str) -> Screen:
    screen = Screen("Next")
    screen.add("Serve this district, and try it:\n")
    screen.add("  tessera serve")
    screen.add(f"  {home}/docs")
    screen.add(f"  curl -H 'Authorization: Bearer {opens}' {home}/v1/learners/{learner.id}")
    screen.add("\nLook around on the command line:\n")
    screen.add(f"  tessera record district:{learner.number}     the record, each value with its source")
    screen.add("  tessera source list                 how each source is")
    screen.add("  tessera quarantine list             what could not be taken in, and why")
    screen.add("  tessera near-match list             who may be the same learner")
    screen.add("  tessera doctor                      is all well?")
    return screen


async def _show_learner(stage: Stage, opens: str) -> tuple[DemoLearner, Screen, Screen]:
    """A learner whom all sources know, and their record on two screens."""
    number = _known_to_all(stage.district)
    matches = answer_of(
        await stage.api.get("/v1/learners", params={"identifier": f"district:{number}"}, headers=stage.headers(opens))
    )
    learner = str(matches["learners"][0]["id"])
    answer = answer_of(await stage.api.get(f"/v1/learners/{learner}/record/full", headers=stage.headers(opens)))
    record = msgspec.convert(answer, FullRecord)
    parts = list(portrait(record, record, most=MOST))
    begin = next((n for n, part in enumerate(parts) if isinstance(part, Table) and part.title), len(parts))
    who = Screen("One learner, and where each value came from", parts[:begin])
    did = Screen("What they did, wherever it was", parts[begin:])
    did.add(f"\nThe newest {MOST} of each; all of it: tessera record district:{number}")
    return DemoLearner(learner, number), who, did


async def _issue(stage: Stage, learner: str, folder: Path) -> Screen:
    scopes: list[Scope] = ["credentials.issue", "credentials.read", "shares.manage"]
    opens = await key(stage.service, stage.sample.tenant, "Demo registrar", scopes, None)
    again = not stage.changed
    return await show_credential(stage.api, learner, stage.headers(opens), folder, again=again)


async def _program(stage: Stage, learner: DemoLearner) -> Screen:
    """What a program out of school handed in, and what became of it."""
    service, owner = stage.service, stage.sample.tenant
    scopes: list[Scope] = ["programs.manage", "programs.review", "learners.read"]
    headers = stage.headers(await key(service, owner, "Demo programs", scopes, None))

    async def own(source: int) -> dict[str, str]:
        return stage.headers(await key(service, owner, PROGRAM, ["programs.submit"], source))

    return await show_program(stage.api, learner.id, learner.number, headers, own)


async def _matching(stage: Stage, opens: str) -> Screen:
    """Who signed up without a number, and how it is found out who they are."""
    library = Library(stage.api, stage.headers(opens), stage.sample.sources["library"].id, partial(_settled, stage))
    return await show_matching(library, [reader.number for reader in readers(stage.district)], again=not stage.changed)


def _known_to_all(district: District) -> str:
    """The number of a learner whom the district's systems know, the vendor and, by number, the program."""
    statements = [
        {item["learner"]["identifiers"][0]["value"] for item in items if "learner" in item}
        for items in (evidence(district), badge_submissions(district))
    ]
    return max(set[str].intersection(*statements) & {learner.number for learner in district.learners})


async def _show_set_apart(stage: Stage, opens: str) -> Screen:
    """What was not taken in or not merged, because nobody can be sure."""
    records = answer_of(await stage.api.get("/v1/quarantine", params={"limit": 500}, headers=stage.headers(opens)))[
        "records"
    ]
    matches = answer_of(await stage.api.get("/v1/identity/near-matches", headers=stage.headers(opens)))["matches"]
    screen = Screen("What nobody can be sure of waits for a person")
    screen.add(f"[bold]Quarantined[/]: {len(records)} records that cannot be what they say, kept as they came")
    for record in records[:MOST]:
        what = record["position"] if record["key"].startswith("sha256:") else f"{record['stream']} {record['key']}"
        screen.reason(f"{stage.sample.name(record['source'])}: {what}", record["reason"])
    if len(records) > MOST:
        screen.add(f"  … and {len(records) - MOST} more: tessera quarantine list")
    screen.add(f"\n[bold]Not merged[/]: {len(matches)} pairs may be one learner, and wait for a person to decide")
    for reason, times in Counter(match["reason"] for match in matches).most_common(MOST):
        screen.add(f"  {times:3} because {escape(reason)}")
    return screen


def _count(stage: Stage, reports: dict[str, Report]) -> None:
    """Print what runs did, one line each; ConfigError for one that failed."""
    counted = table("source", *COLUMNS)
    for column in counted.columns[1:]:
        column.justify = "right"
    for name, report in reports.items():
        if report.state != "done":
            raise ConfigError(f"{name} is {report.state}: {report.message}")
        counts: Counter[str] = sum((outcome.counts for outcome in report.streams.values()), Counter())
        _note(stage, counts)
        counted.add_row(name, *(f"{counts[word]:,}" for word in COLUMNS))
    out.print(counted)


def _note(stage: Stage, counts: Counter[str]) -> None:
    stage.changed.update({word: counts[word] for word in ("new", "updated", "absent") if counts[word]})
