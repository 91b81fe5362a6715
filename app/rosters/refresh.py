"""Refresh: a tenant's roster is made what its sources say now. Work follows what differs: idle, nothing is made."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import structlog

from app.db import Database, Tx
from app.db.access import tenants
from app.db.access.tenants import TenantRow
from app.db.rosters import gathering, rosters, users
from app.db.rosters import objects as stored
from app.db.rosters.gathering import GatheredRow, Gathering
from app.db.rosters.objects import ObjectRow
from app.errors import place
from app.pipeline.normalize import decode_record
from app.rosters import objects, shapes
from app.rosters.objects import FOREVER, Context, Fallbacks
from app.rosters.people import PersonStatement, References, user
from schemas import AcademicSession, AnyRecord, Class, Course, Demographics, Enrollment, LineItem, Org, Person, Result

log = structlog.get_logger(__name__)

BATCH = 1000
LINKED_AFTER: dict[str, tuple[str, ...]] = {
    "courses": (),
    "classes": ("classes", "courses"),
    "categories": (),
    "lineItems": ("lineItems", "categories"),
}
"""What is linked once a collection is there, if not itself: a course belongs where its classes do."""
AFTER_USERS = "demographics"
"""The first of the gatherings that refer to users, which are made of persons and of what enrollments say of them."""


async def refresh(db: Database, tenant: int) -> int:
    """Bring a tenant's roster up to date, all at once; how many objects were made. 0 where it serves none."""
    owner = await tenants.by_id(db, tenant)
    assert owner is not None
    moment = datetime.now(UTC)
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)  # as it is served
    async with db.transaction(tenant) as tx:
        await rosters.lock(tx)
        await rosters.drop_removed(tx)
        roster = await rosters.roster(tx)
        if roster is None:
            return 0
        work = _Work(tx, owner, roster.sources, moment)
        count = await work.all()
        await stored.count(tx, moment)
    log.info("the roster was refreshed", tenant=tenant, made=count)
    return count


def fallbacks(owner: TenantRow) -> Fallbacks:
    """The ids of what stands where a source tells none."""
    return Fallbacks(org=_own_id(owner, "orgs"), session=_own_id(owner, "academicSessions"))


def _own_id(owner: TenantRow, collection: str) -> str:
    """The id of an object that is the tenant's own, and of no source."""
    text = f"{owner.salt.hex()}::{collection}:"
    return str(UUID(bytes=hashlib.md5(text.encode(), usedforsecurity=False).digest()))


class _Work:
    """One refresh of a tenant's roster, in one transaction."""

    def __init__(self, tx: Tx, owner: TenantRow, sources: list[int], now: datetime) -> None:
        self.tx, self.owner, self.sources, self.now = tx, owner, sources, now
        self.fallbacks = fallbacks(owner)

    async def all(self) -> int:
        """Every collection, those that others refer to first."""
        await rosters.join_by(self.tx, "sets")
        count = await self._own()
        await users.assign(self.tx, self.sources)
        for each in gathering.GATHERINGS:
            if each.collection == AFTER_USERS:
                count += await self._users()
                await stored.link(self.tx, "users", self.now)
            count += await self._gather(each)
            for collection in LINKED_AFTER.get(each.collection, (each.collection,)):
                await stored.link(self.tx, collection, self.now)
        return count

    async def _own(self) -> int:
        """The tenant itself as an org, and a session without dates: for what a source tells no school or term of."""
        district = shapes.Org(name=self.owner.name, type="district", identifier=self.owner.slug)
        begins, ends = FOREVER
        always = shapes.AcademicSession(
            title="Always", start_date=str(begins), end_date=str(ends), type="term", school_year=str(ends.year)
        )
        count = 0
        for collection, shape, sourced_id in (
            ("orgs", district, self.fallbacks.org),
            ("academicSessions", always, self.fallbacks.session),
        ):
            if not await rosters.present(self.tx, collection, [UUID(sourced_id)]):
                row = ObjectRow(
                    sourced_id=UUID(sourced_id),
                    source_id=None,
                    kind=None,
                    key=None,
                    active=True,
                    kinds=[shape.type],
                    sensitive=False,
                    mark=0,
                    body=msgspec.to_builtins(shape),
                )
                await stored.store(self.tx, collection, [row], self.now)
                count += 1
        return count

    async def _gather(self, each: Gathering) -> int:
        count = 0
        async for rows in gathering.differing(self.tx, each, self.sources, self.owner.salt.hex()):
            objects_made = [made_of for row in rows if (made_of := self._object(each, row)) is not None]
            await stored.store(self.tx, each.collection, objects_made, self.now)
            count += len(objects_made)
        return count

    def _object(self, each: Gathering, row: GatheredRow) -> ObjectRow | None:
        """The object of a record; one that cannot be made costs only itself, and is logged."""
        record: AnyRecord | None = None
        shape: Any = None
        if row.body is not None:
            try:
                record = decode_record(row.body)
                shape = self._shape(each, record, msgspec.json.decode(row.context or "{}", type=Context))
            except Exception as why:  # noqa: BLE001  one record's fault, or ours, is not to cost the others
                log.error("an object of a roster cannot be made", collection=each.collection, why=place(why))  # noqa: TRY400
                return None
        return ObjectRow(
            sourced_id=row.sourced_id,
            source_id=row.source_id,
            kind=each.kind,
            key=row.key,
            active=row.alive,
            kinds=[] if record is None else objects.kinds(record),
            sensitive=row.sensitive,
            mark=row.mark,
            body=None if shape is None else msgspec.to_builtins(shape),
        )

    def _shape(self, each: Gathering, record: AnyRecord, context: Context) -> Any:
        match record:
            case Org():
                return objects.org(record, context)
            case AcademicSession():
                return objects.academic_session(record, context)
            case Course():
                return objects.course(record, context)
            case Class() if each.collection == "courses":
                return objects.own_course(record, context)
            case Class():
                return objects.class_(record, context, self.fallbacks)
            case Demographics():
                return objects.demographics(record)
            case Enrollment():
                return objects.enrollment(record, context)
            case LineItem() if each.collection == "categories":
                return shapes.Category(title=record.category or "Uncategorized")
            case LineItem():
                return objects.line_item(record, context)
            case Result():
                return objects.result(record, context)
        raise AssertionError(record)

    async def _users(self) -> int:
        differing = await users.differing(self.tx, self.sources)
        orgs = await users.orgs(self.tx)
        enrolled: dict[UUID, list[tuple[str, str]]] = {}
        for sourced_id, role, school in await users.enrolled(self.tx) if differing else ():
            enrolled.setdefault(sourced_id, []).append((role, school))
        await rosters.join_by(self.tx, "keys")
        for begin in range(0, len(differing), BATCH):
            await self._some_users(differing[begin : begin + BATCH], orgs, enrolled)
        await rosters.join_by(self.tx, "sets")
        return len(differing)

    async def _some_users(
        self,
        rows: Sequence[users.UserRow],
        orgs: Mapping[tuple[int, str], str],
        enrolled: Mapping[UUID, Sequence[tuple[str, str]]],
    ) -> None:
        ids = [row.sourced_id for row in rows]
        statements: dict[UUID, list[PersonStatement]] = {}
        for statement in await users.statements(self.tx, self.sources, ids):
            record = decode_record(statement.body)
            if isinstance(record, Person):
                statements.setdefault(statement.sourced_id, []).append(PersonStatement(statement.source_id, record))
        agents = await users.ids(self.tx, sorted(_agents(each for of_one in statements.values() for each in of_one)))
        made = []
        for row in rows:
            shape = None
            if row.sourced_id in statements:
                references = References(
                    orgs=orgs,
                    users=agents,
                    enrolled=enrolled.get(row.sourced_id, ()),
                    district=self.fallbacks.org,
                    learner=row.learner,
                )
                shape = user(statements[row.sourced_id], references)
            made.append(
                ObjectRow(
                    sourced_id=row.sourced_id,
                    source_id=None,
                    kind=None,
                    key=None,
                    active=row.alive,
                    kinds=[] if shape is None else sorted({role.role for role in shape.roles}),
                    sensitive=False,
                    mark=row.mark,
                    body=None if shape is None else msgspec.to_builtins(shape),
                )
            )
        await stored.store(self.tx, "users", made, self.now)


def _agents(statements: Iterable[PersonStatement]) -> set[tuple[int, str]]:
    return {(each.source, agent.person) for each in statements for agent in each.record.agents}
