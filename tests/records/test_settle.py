"""From sources to one record per learner: linked, near matches, unlinked again, and the same in whatever order."""

from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.db.access import tenants
from app.db.records import learners
from app.db.sources import sources
from app.identity.decisions import link, undo, unlink
from app.sources.source import Source, open_source
from tests.support.district import VAULT, District, class_, enrollment, user
from tests.support.limits import LOOPBACK
from tests.support.settle import pushed


async def test_school_and_vendor_make_one_record(district: District) -> None:
    sis, vendor = await district.source("sis", "oneroster"), await district.source("tutor", "evidence")
    await district.take(vendor, "evidence", [pushed("1", "1001")])
    await district.settle()
    [alone] = await district.records()
    await district.take(sis, "users", [user("u-1", identifier="1001")])
    await district.settle()
    [(learner, record)] = (await district.records()).items()
    assert {source["source"] for source in record["sources"]} == {"sis", "tutor"}
    assert record["results"][0]["score"] == 8
    assert learner != alone
    row = await learners.row(district.db, district.tenant.id, UUID(alone))
    assert row is not None
    assert (row.body, str(row.merged_into)) == (None, learner)


async def test_a_wrong_number_does_not_show_one_child_anothers_record(district: District) -> None:
    sis, vendor = await district.source("sis", "oneroster"), await district.source("tutor", "evidence")
    await district.take(sis, "users", [user("u-1", "Mia", identifier="1001")])
    await district.take(
        vendor, "evidence", [pushed("1", "1001", learner={"name": {"given": "Leo", "family": "Sample"}})]
    )
    await district.settle()
    assert len(await district.records()) == 2
    [near] = await district.near_matches()
    assert "their given names differ" in near.reason


async def test_unlinking_restores_both_records_to_the_byte(district: District) -> None:
    sis, vendor = await district.source("sis", "oneroster"), await district.source("tutor", "evidence")
    await district.take(sis, "users", [user("u-1", "Mia")])
    await district.take(vendor, "evidence", [pushed("1", "1001")])
    await district.settle()
    before = await district.bytes()
    left, right = (sis.id, "u-1"), (vendor.id, "district:1001")
    async with district.db.transaction(district.tenant.id) as tx:
        assert right[1] in [k for (k,) in await tx.rows("SELECT key FROM person")]
        await link(tx, left, right, by="registrar", reason="the coordinator confirmed it")
    await district.settle()
    assert len(await district.records()) == 1
    async with district.db.transaction(district.tenant.id) as tx:
        await unlink(tx, right, left, by="registrar", reason="it was the cousin")
    await district.settle()
    assert await district.bytes() == before
    async with district.db.transaction(district.tenant.id) as tx:
        await undo(tx, left, right, by="registrar")
        kinds = await tx.rows("SELECT judgement, decided_by, ended_at IS NULL FROM decision ORDER BY id")
    assert kinds == [("same", "registrar", False), ("different", "registrar", False)]


async def test_a_transfer_that_changes_the_sourced_id_stays_one_learner(district: District) -> None:
    """Some providers make one user per student and school; the student id is what they share."""
    sis = await district.source("sis", "oneroster")
    number = {"userIds": [{"type": "studentUniqueId", "identifier": "900001"}]}
    await district.take(sis, "users", [user("north-1", **number), user("south-1", **number)])
    await district.settle()
    [record] = (await district.records()).values()
    assert [name["from"] for name in record["names"]] == [["sis"]]


async def test_a_teacher_is_no_learner(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    teacher = user(
        "t-1",
        roles=[{"roleType": "primary", "role": "teacher", "org": {"sourcedId": "o-1", "type": "org", "href": "x"}}],
    )
    await district.take(sis, "users", [teacher])
    await district.take(sis, "enrollments", [enrollment("e-1", "t-1", "c-1", role="teacher")])
    await district.settle()
    assert await district.records() == {}


async def test_another_tenant_sees_nothing(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    await district.take(sis, "users", [user("u-1", identifier="1001")])
    await district.settle()
    other = District(district.db, await tenants.add(district.db, "other", "Other District"))
    assert await other.records() == {}
    async with district.db.transaction(other.tenant.id) as tx:
        for table in ("record", "raw", "learner", "person", "identifier", "source", "event", "touched"):
            [(count,)] = await (await tx.conn.execute(f"SELECT count(*) FROM {table}".encode())).fetchall()
            assert (table, count) == (table, 0)
    [learner] = await district.records()
    assert await learners.row(district.db, other.tenant.id, UUID(learner)) is None


BATCHES = [
    ("sis", "users", [user("u-1", "Mia", identifier="1001"), user("u-2", "Leo", identifier="1002")]),
    ("sis", "users", [user("u-3", "Ana", identifier="1001")]),
    ("sis", "classes", [class_("c-1", "Algebra 1"), class_("c-2", "Robotics")]),
    ("sis", "enrollments", [enrollment("e-1", "u-1", "c-1"), enrollment("e-2", "u-2", "c-2")]),
    ("tutor", "evidence", [pushed("1", "1001"), pushed("2", "1002", learner={"name": {"given": "Leo"}})]),
    ("club", "evidence", [pushed("1", "1002", learner={"birthDate": "2012-05-04"}), pushed("2", "1003")]),
    ("camp", "evidence", [pushed("1", "1002", learner={"birthDate": "2011-01-01"})]),
]


DERIVED = ("record", "raw", "entry", "due", "learner", "person", "identifier", "decision", "touched", "event")


async def _story(
    district: District, made: dict[str, Source], order: list[int], settle_after: set[int]
) -> dict[str, Any]:
    async with district.db.transaction(district.tenant.id) as tx:
        for table in DERIVED:
            await tx.conn.execute(f"DELETE FROM {table}".encode())
    for step, index in enumerate(order):
        slug, stream, records = BATCHES[index]
        await district.take(made[slug], stream, records)
        if step in settle_after:
            await district.settle()
    await district.settle()
    near = [(d.left_key, d.right_key, d.reason) for d in await district.near_matches()]
    return {"bytes": await district.bytes(), "near": sorted(near)}


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(range(len(BATCHES))), st.sets(st.integers(0, len(BATCHES) - 1)))
async def test_the_order_of_arrival_does_not_matter(district: District, order: list[int], pauses: set[int]) -> None:
    async with district.db.transaction(district.tenant.id) as tx:
        listed = {row.slug: row for row in await sources.listed(tx)}
    made = {slug: open_source(row, VAULT, LOOPBACK) for slug, row in listed.items()}
    if not made:
        made = {"sis": await district.source("sis", "oneroster")}
        made |= {slug: await district.source(slug, "evidence") for slug in ("tutor", "club", "camp")}
    in_order = await _story(district, made, list(range(len(BATCHES))), set())
    assert await _story(district, made, order, pauses) == in_order
