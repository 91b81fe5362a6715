"""How interoperable is this? Project Unicorn's ten metrics from the live configuration, each with its evidence.

The rubric names ten metrics and four levels. What each level takes here is our own reading of it, said beside each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.db import Tx
from app.db.sources import interoperability, sources
from app.db.sources.interoperability import RejectedRow, SentRow
from app.db.sources.sources import Condition, SourceRow
from app.settings import Settings
from app.sources.source import public_settings
from connectors import named

RUBRIC = "https://www.projectunicorn.org"
STANDARDS = {"oneroster", "xapi", "open_badges"}
"""Connectors that read a published standard; the others read a product's documented API, or files by a layout."""
GRAIN = {"org": "schools", "course": "courses", "class": "classes", "person": "people", "enrollment": "enrollments"}
OFTEN = 24 * 60
SELDOM = 7 * 24 * 60


@dataclass(frozen=True, slots=True)
class Standard:
    """A standard that is spoken here, which way, and what it was tested against."""

    name: str
    version: str
    direction: str
    tested: str


SPOKEN = (
    Standard("OneRoster", "1.1, 1.2", "in", "its example payloads, a REST double of the specification, CSV bundles"),
    Standard("CASE", "1.1, 1.0", "in and out", "its OpenAPI document and published frameworks"),
    Standard("Open Badges", "3.0", "in and out", "the official JSON schemas, the W3C suites, independent libraries"),
    Standard("Open Badges", "2.0", "in", "public validators' test documents"),
    Standard("Comprehensive Learner Record", "2.0", "in and out", "the official JSON schemas, independent libraries"),
    Standard("xAPI", "1.0.3, 2.0", "in", "ADL's conformance examples and an unchanged client"),
    Standard("Verifiable Credentials", "2.0", "in and out", "the W3C test suites"),
    Standard("OAuth", "2.0 client credentials", "in and out", "RFC 6749, RFC 7009"),
    Standard("Standard Webhooks", "v1", "out", "the convention's own example and library"),
)


@dataclass(frozen=True, slots=True)
class Metric:
    """One of the ten metrics: its level from 1 to 4, what shows it, and what would raise it (empty at 4)."""

    name: str
    level: int
    evidence: str
    next: str


@dataclass(frozen=True, slots=True)
class SourceSends:
    """What a source sends, omits and rejects, and when."""

    slug: str
    name: str
    connector: str
    sends: dict[str, int]
    omits: list[str]
    rejects: dict[str, str]
    when: str
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class Interoperability:
    """All of it, for one tenant."""

    metrics: list[Metric]
    sources: list[SourceSends]


def offered(settings: Settings) -> list[Metric]:
    """The four metrics of export, which are the instance's: the same for all its tenants."""
    https = settings.home.startswith("https://")
    return [
        Metric("Export process", 4, "A documented API, a change feed and signed webhooks.", ""),
        Metric(
            "Export security",
            4 if https else 2,
            f"OAuth 2.0, scopes, keys that expire, an audit log; the public address is {settings.home}.",
            "" if https else "put TLS before the service and set TESSERA_PUBLIC_URL to its https address",
        ),
        Metric("Export frequency", 4, "At once: the feed and webhooks tell of a change when it is committed.", ""),
        Metric("Export format", 4, "Open Badges 3.0, CLR 2.0, CASE 1.1, JSON by a published description.", ""),
    ]


async def of_tenant(tx: Tx, settings: Settings) -> Interoperability:
    """The ten metrics of a tenant, and what each of its sources sends."""
    rows, conditions = await sources.listed(tx), await sources.conditions(tx)
    sent, rejected = await interoperability.sent(tx), await interoperability.rejected(tx)
    active = [row for row in rows if row.state == "active"]
    metrics = [
        _quality(*await interoperability.learners(tx)),
        _granularity(await interoperability.kinds(tx)),
        *offered(settings),
        _pulled_alone(active),
        _security(active),
        _frequency(active),
        _format(active),
    ]
    return Interoperability(metrics, [_sends(row, conditions[row.id], sent, rejected) for row in rows])


def _quality(learners: int, numbered: int) -> Metric:
    share = numbered / learners if learners else 0
    level = 4 if share >= 0.95 else 3 if share >= 0.8 else 2 if share >= 0.5 else 1
    evidence = f"{numbered:,} of {learners:,} learners have a number that the district or the state gave."
    return Metric("Data quality", level, evidence, "" if level == 4 else "have sources send the district's numbers")


def _granularity(kinds: set[str]) -> Metric:
    has = [words for kind, words in GRAIN.items() if kind in kinds]
    lacks = [words for kind, words in GRAIN.items() if kind not in kinds]
    level = max(1, 4 - len(lacks))
    step = f"have a source send {', '.join(lacks)}" if lacks else ""
    return Metric("Data granularity", level, f"Sources tell of {', '.join(has) or 'nothing yet'}.", step)


def _automatic(row: SourceRow) -> bool:
    connector = named(row.connector)
    return row.due_at is not None if connector.client is not None else row.connector != "assessment_file"


def _pulled_alone(active: Sequence[SourceRow]) -> Metric:
    alone = [row for row in active if _automatic(row)]
    level = _by_share(len(alone), len(active))
    evidence = f"{len(alone)} of {len(active)} active sources are pulled by schedule or push themselves."
    by_hand = ", ".join(row.slug for row in active if not _automatic(row))
    return Metric("Import process", level, evidence, f"give these a schedule: {by_hand}" if by_hand else _none(active))


def _security(active: Sequence[SourceRow]) -> Metric:
    plain = [
        row.slug for row in active if any(str(value).startswith("http://") for value in public_settings(row).values())
    ]
    level = (2 if plain else 4) if active else 1
    evidence = "Secrets are sealed and bound to their address; pushes need a key of their own. "
    evidence += f"Without TLS: {', '.join(plain)}." if plain else "Every source is reached by TLS."
    return Metric("Import security", level, evidence, "reach these by https" if plain else _none(active))


def _frequency(active: Sequence[SourceRow]) -> Metric:
    every = [_minutes(row) for row in active]
    slowest = max(every, default=None, key=lambda minutes: minutes or 10**9)
    daily = sum(1 for minutes in every if minutes is not None and minutes <= OFTEN)
    level = 1 if not any(minutes is not None for minutes in every) else _by_share(daily, len(every))
    if slowest is not None and slowest > SELDOM:
        level = min(level, 3)
    evidence = f"{daily} of {len(active)} active sources come daily or at once."
    return Metric(
        "Import frequency", level, evidence, "" if level == 4 else "give each source a schedule of a day at most"
    )


def _minutes(row: SourceRow) -> int | None:
    if named(row.connector).client is None:
        return 0 if _automatic(row) else None
    return row.every_minutes or (OFTEN if row.calendar else None)


def _format(active: Sequence[SourceRow]) -> Metric:
    standard = [row for row in active if row.connector in STANDARDS]
    level = 1 if not active else 4 if standard else 3
    evidence = (
        f"{len(standard)} of {len(active)} active sources speak a published standard; the others a documented format."
    )
    return Metric(
        "Import format", level, evidence, "" if level == 4 else "connect a source by OneRoster, xAPI or Open Badges"
    )


def _by_share(part: int, whole: int) -> int:
    if not whole:
        return 1
    return 4 if part == whole else 3 if part * 2 >= whole else 2 if part else 1


def _none(active: Sequence[SourceRow]) -> str:
    return "" if active else "connect a source"


def _sends(
    row: SourceRow, condition: Condition, sent: Sequence[SentRow], rejected: Sequence[RejectedRow]
) -> SourceSends:
    own = {each.stream: each for each in sent if each.source_id == row.id}
    known = [stream.name for stream in named(row.connector).streams]
    return SourceSends(
        slug=row.slug,
        name=row.name,
        connector=row.connector,
        sends={stream: each.statements for stream, each in own.items()},
        omits=[stream for stream in known if stream not in own],
        rejects={each.stream: f"{each.records:,}: {each.reason}" for each in rejected if each.source_id == row.id},
        when=_when(row),
        last_at=condition.last_done or max((each.last_at for each in own.values() if each.last_at), default=None),
    )


def _when(row: SourceRow) -> str:
    """When a source comes, in words."""
    minutes = _minutes(row)
    if row.state != "active":
        return f"paused: {row.state_reason or 'by a person'}"
    if minutes == 0:
        return "at once"
    if row.every_minutes:
        return f"every {row.every_minutes} minutes"
    return "by its calendar" if minutes else "by hand"
