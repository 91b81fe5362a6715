"""A district in a database: sources made on the fly, pages handed to them, records read back."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from app.db import Database
from app.db.access import tenants
from app.db.access.tenants import TenantRow
from app.db.identity import persons
from app.db.records import learners
from app.db.sources import sources
from app.db.sources.sources import SourceRow
from app.pipeline.absence import end_absent
from app.pipeline.arrival import Arrival
from app.pipeline.ingest import Outcome, ingest
from app.records.document import SECTIONS, WholeRecord
from app.records.reading import whole
from app.records.settle import Settled, settle
from app.secrets import Vault
from app.sources.source import Source, open_source, split_settings
from connectors import Page, named
from tests.conftest import TestDatabase, stored_records
from tests.support.limits import LOOPBACK

VAULT = Vault(b"k" * 32)
MORNING = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)


@dataclass
class District:
    """One tenant, and what a test wants of it."""

    db: Database
    tenant: TenantRow

    async def source(self, slug: str, connector: str, **settings: Any) -> Source:
        """A new source."""
        made = named(connector)
        public, sealed = split_settings(made, settings, self.tenant.id, VAULT, LOOPBACK)
        row = SourceRow(
            0,
            self.tenant.id,
            slug,
            slug.upper(),
            connector,
            public,
            sealed,
            made.rank,
            None,
            7,
            0.2,
            "active",
            None,
            None,
            MORNING,
        )
        async with self.db.transaction(self.tenant.id) as tx:
            stored = await sources.by_id(tx, await sources.add(tx, row))
        assert stored is not None
        return open_source(stored, VAULT, LOOPBACK)

    async def again(self, slug: str) -> Source:
        """A source that there is."""
        async with self.db.transaction(self.tenant.id) as tx:
            row = await sources.by_slug(tx, slug)
        assert row is not None
        return open_source(row, VAULT, LOOPBACK)

    async def begin(self, source: Source) -> int:
        """A run of a source."""
        async with self.db.transaction(self.tenant.id) as tx:
            return await sources.begin_run(tx, source.id, "pull")

    async def take(
        self, source: Source, stream: str, records: list[Any], at: datetime = MORNING, *, run: int | None = None
    ) -> Outcome:
        """Hand a page of JSON records over."""
        page = Page([json.dumps(record, ensure_ascii=False).encode() for record in records])
        async with self.db.transaction(self.tenant.id) as tx:
            return await ingest(tx, Arrival(source, source.stream(stream), at, run), page)

    async def listing(
        self, source: Source, stream: str, records: list[Any], at: datetime = MORNING, *, allow_shrink: bool = False
    ) -> Outcome:
        """Hand a full listing over, on one page."""
        page = Page([json.dumps(record, ensure_ascii=False).encode() for record in records])
        async with self.db.transaction(self.tenant.id) as tx:
            run = await sources.begin_run(tx, source.id, "pull")
        async with self.db.transaction(self.tenant.id) as tx:
            arrival = Arrival(source, source.stream(stream), at, run, listing=run)
            outcome = await ingest(tx, arrival, page)
            await end_absent(tx, arrival, outcome, allow_shrink=allow_shrink)
        return outcome

    async def settle(self) -> Settled:
        """Resolve and rebuild what was touched."""
        return await settle(self.db, self.tenant.id)

    async def records(self) -> dict[str, dict[str, Any]]:
        """All learner records, by id."""
        async with self.db.transaction(self.tenant.id) as tx:
            listed = await learners.listed(tx, after=None, since=None, limit=1000)
            return {str(item.id): as_json(await whole(tx, item.id)) for item in listed}

    async def bytes(self) -> dict[UUID, bytes]:
        """The stored bytes of all learner records."""
        async with self.db.transaction(self.tenant.id) as tx:
            return await stored_records(tx)

    async def near_matches(self) -> list[persons.DecisionRow]:
        """What waits for a person's decision."""
        async with self.db.transaction(self.tenant.id) as tx:
            return await persons.near_matches(tx, 0, 100)


def as_json(record: WholeRecord) -> dict[str, Any]:
    """A whole record as it is served: the header, and in it the entries of each section."""
    entries = {section: getattr(record, section) for section in SECTIONS}
    served: dict[str, Any] = json.loads(msgspec.json.encode(record.header))
    return served | json.loads(msgspec.json.encode(entries))


def retracted(record: dict[str, Any]) -> dict[str, int]:
    """How many entries of each section of a record its sources took back, where any did."""
    return {name: section["retracted"] for name, section in record["sections"].items() if section["retracted"]}


@pytest.fixture
async def db(database: TestDatabase) -> AsyncIterator[Database]:
    async with Database(database.service_url, 4) as opened:
        yield opened


@pytest.fixture
async def district(db: Database) -> District:
    return District(db, await tenants.add(db, "sample", "Sample District"))


def user(key: str, given_name: str = "Ada", family: str = "Sample", **more: Any) -> dict[str, Any]:
    """A OneRoster 1.2 user who is a student."""
    return {
        "sourcedId": key,
        "status": "active",
        "dateLastModified": "2026-09-01T08:00:00.000Z",
        "enabledUser": "true",
        "givenName": given_name,
        "familyName": family,
        "roles": [{"roleType": "primary", "role": "student", "org": {"sourcedId": "o-1", "type": "org", "href": "x"}}],
        **more,
    }


def class_(key: str, title: str, **more: Any) -> dict[str, Any]:
    """A OneRoster 1.2 class."""
    return {
        "sourcedId": key,
        "status": "active",
        "dateLastModified": "2026-09-01T08:00:00.000Z",
        "title": title,
        "classType": "scheduled",
        "course": {"sourcedId": "k-1", "type": "course", "href": "x"},
        "school": {"sourcedId": "o-1", "type": "org", "href": "x"},
        "terms": [],
        **more,
    }


def enrollment(key: str, person: str, taught: str, **more: Any) -> dict[str, Any]:
    """A OneRoster 1.2 enrollment."""
    return {
        "sourcedId": key,
        "status": "active",
        "dateLastModified": "2026-09-01T08:00:00.000Z",
        "role": "student",
        "user": {"sourcedId": person, "type": "user", "href": "x"},
        "class": {"sourcedId": taught, "type": "class", "href": "x"},
        "school": {"sourcedId": "o-1", "type": "org", "href": "x"},
        **more,
    }
