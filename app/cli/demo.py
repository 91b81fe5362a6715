"""`tessera demo`: a made-up district pulled and pushed, one learner's record shown, and a credential issued of it."""

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from rich.markup import escape

from app.access.scopes import Scope
from app.cli.console import out, table
from app.cli.demo_credentials import show_credential
from app.cli.demo_mastery import show_competencies
from app.cli.progress import COLUMNS, bars, print_reason
from app.cli.record_text import portrait
from app.cli.sample import Sample, key, sample
from app.cli.serve import answering, listening, log_from, opened, working
from app.errors import ConfigError
from app.jobs.tasks import sync_source
from app.pipeline.file import load
from app.pipeline.report import Report
from app.records.settle import settle, up_to_date
from app.sandbox.assessment import write_map_growth
from app.sandbox.district import NAME, District
from app.sandbox.pushes import badge_submissions, evidence
from app.sandbox.serve import Addresses, serving
from app.sandbox.world import World
from app.settings import Settings
from app.sources.source import open_source
from app.start import Service

LOOPBACK = "127.0.0.1"
PORT = 8901
PULLED = {"sis": "OneRoster 1.2", "lms": "Canvas", "tool": "Kolibri"}
TERMS = ("spring", "fall")
WORDS = ("new", "updated", "unchanged", "rejected")  # what the API says of an item
PATIENCE = 60  # seconds for the worker to bring the records up to date


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


def demo() -> None:
    """Show everything on a made-up district of 500 learners. Then 'tessera serve' serves what it has made."""
    began = time.monotonic()
    log_from("warning")
    asyncio.run(play(Settings(), District()))
    out.print(f"\n[green]✓[/] The demo is done, in {time.monotonic() - began:.0f} s.")


async def play(settings: Settings, district: District) -> None:
    """Play the demo on a district. ConfigError where a step does not do what it should."""
    with _systems(district) as at:
        reachable = (
            *settings.private_addresses,
            urlsplit(at.root).netloc,
        )  # the made-up systems, and nothing else here
        settings = settings.model_copy(update={"private_addresses": reachable})
        async with _stage(settings, district, at) as stage:
            out.print(f"[bold]{NAME}[/]: {district.size} learners, all made up, and the systems that know them.")
            await _pull(stage)
            await _files(stage)
            await _push(stage)
            await _settled(stage)
            if not stage.changed:
                out.print("\n[green]Nothing changed[/] since the last time: every record was the same.")
            await _show(stage, settings)


@contextmanager
def _systems(district: District) -> Iterator[Addresses]:
    """The district's systems, at the port where they were the last time (their records name it) if it is free."""
    with ExitStack() as stack:
        try:
            at = stack.enter_context(serving(World(district), PORT))
        except OSError:  # taken: any other will do, and the records that name it count as updated
            at = stack.enter_context(serving(World(district)))
        yield at


@asynccontextmanager
async def _stage(settings: Settings, district: District, at: Addresses) -> AsyncIterator[Stage]:
    from app.main import create_app  # here, for the other commands do without it and start faster

    with listening(LOOPBACK, 0) as taken:
        app = create_app(settings)
        async with (
            opened(app) as service,
            answering(app, settings, taken) as (url, _),
            working(service, wanted=True),
            httpx.AsyncClient(base_url=url, timeout=60) as api,
        ):
            yield Stage(service, api, await sample(service, at), district)


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
    out.print("\n[bold]Imported[/] from files of an assessment vendor")
    reports = {}
    source = open_source(stage.sample.sources["tests"], stage.service.vault)
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
    ):
        source = stage.sample.sources[slug]
        opens = await key(stage.service, stage.sample.tenant, source.name, [scope], source.id)
        outcome = _told(await stage.api.post(path, json=items, headers=stage.headers(opens)))
        counts = Counter(item["status"] for item in outcome["items"])
        _note(stage, counts)
        counted.add_row(source.name, f"POST {path}", *(str(counts[word]) for word in WORDS))
    out.print(counted)


async def _settled(stage: Stage) -> None:
    """Wait until the worker has taken up what was pushed."""
    deadline = time.monotonic() + PATIENCE
    while True:
        if await up_to_date(stage.service.db, stage.sample.tenant.id):
            return
        if time.monotonic() > deadline:
            raise ConfigError("the records are not up to date after a minute: run 'tessera doctor'")
        await asyncio.sleep(0.1)


async def _show(stage: Stage, settings: Settings) -> None:
    scopes: list[Scope] = ["learners.read", "quarantine.manage", "identity.manage", "shares.manage"]
    opens = await key(stage.service, stage.sample.tenant, "Demo", scopes, None)
    learner = await _show_learner(stage, opens)
    home = f"http://{settings.host}:{settings.port}"
    await show_competencies(stage.api, _told, learner, stage.headers(opens), settings.data, home)
    await _show_quarantine(stage, opens)
    await _show_near_matches(stage, opens)
    await _issue(stage, learner, settings.data)
    out.print("\n[bold]Next[/]: 'tessera serve' serves this district, with the API reference. Then, for one:")
    out.print(f"  http://{settings.host}:{settings.port}/docs")
    out.print(
        f"  curl -H 'Authorization: Bearer {opens}' http://{settings.host}:{settings.port}/v1/learners/{learner}",
        soft_wrap=True,
    )


async def _show_learner(stage: Stage, opens: str) -> str:
    """Print the record of a learner whom all sources know; their id."""
    number = _known_to_all(stage.district)
    found = _told(
        await stage.api.get("/v1/learners", params={"identifier": f"district:{number}"}, headers=stage.headers(opens))
    )
    learner = str(found["learners"][0]["id"])
    record = _told(await stage.api.get(f"/v1/learners/{learner}/record/full", headers=stage.headers(opens)))
    out.print(f"\n[bold]One learner[/], asked for by 'district:{number}', with where each value came from\n")
    for part in portrait(record):
        out.print(part)
    return learner


async def _issue(stage: Stage, learner: str, folder: Path) -> None:
    scopes: list[Scope] = ["credentials.issue", "credentials.read", "shares.manage"]
    opens = await key(stage.service, stage.sample.tenant, "Demo registrar", scopes, None)
    again = not stage.changed
    await show_credential(stage.api, _told, learner, stage.headers(opens), folder, again=again)


def _known_to_all(district: District) -> str:
    """The number of a learner whom the district's systems know, the vendor and, by number, the program."""
    told = [
        {item["learner"]["identifiers"][0]["value"] for item in items if "learner" in item}
        for items in (evidence(district), badge_submissions(district))
    ]
    return max(set[str].intersection(*told) & {learner.number for learner in district.learners})


async def _show_quarantine(stage: Stage, opens: str) -> None:
    records = _told(await stage.api.get("/v1/quarantine", params={"limit": 500}, headers=stage.headers(opens)))[
        "records"
    ]
    out.print(f"\n[bold]Quarantined[/]: {len(records)} records that cannot be what they say, kept as they came")
    for record in records:
        what = record["position"] if record["key"].startswith("sha256:") else f"{record['stream']} {record['key']}"
        print_reason(f"{stage.sample.name(record['source'])}: {what}", record["reason"])


async def _show_near_matches(stage: Stage, opens: str) -> None:
    matches = _told(await stage.api.get("/v1/identity/near-matches", headers=stage.headers(opens)))["matches"]
    out.print(f"\n[bold]Not merged[/]: {len(matches)} pairs may be one learner, and wait for a person to decide")
    for reason, times in Counter(match["reason"] for match in matches).most_common():
        out.print(f"  {times:3} because {escape(reason)}")


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


def _told(answer: httpx.Response) -> Any:
    """What the API answered; ConfigError where it refused."""
    if not answer.is_success:
        raise ConfigError(f"the API answered {answer.status_code} to {answer.request.url.path}: {answer.text}")
    return answer.json()
