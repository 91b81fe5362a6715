"""sourcedIds stay: through merges and unmerges, other sources, an idle sync; what is gone stays, to be deleted."""

from typing import Any, Literal

from app.db.rosters import rosters
from app.db.sources import sources
from app.identity import decisions
from app.matching.apart import PersonRef
from app.records.removal import remove
from app.rosters.refresh import refresh
from tests.support.district import District, class_, enrollment, user
from tests.support.rosters import GRADEBOOK, Provider, plain


async def _users(provider: Provider) -> dict[str, dict[str, Any]]:
    return {each["sourcedId"]: each for each in await provider.list("/users", limit=100)}


async def _decide(provider: Provider, left: str, right: str, judgement: Literal["same", "different"]) -> None:
    async with provider.api.db.transaction(provider.api.tenant) as tx:
        people = PersonRef(provider.sis.id, left), PersonRef(provider.sis.id, right)
        await decisions.decide(tx, *people, judgement, by="tester", reason="a test")
    await provider.refresh()


async def test_ids_survive_a_merge_and_an_unmerge(provider: Provider) -> None:
    before = await _users(provider)
    enrollments = {each["sourcedId"]: each for each in await provider.list("/enrollments")}
    await _decide(provider, "u-1", "u-3", "same")
    merged = await _users(provider)
    assert merged.keys() == before.keys()
    (gone,) = [key for key, each in merged.items() if each["status"] == "tobedeleted"]
    assert merged[gone]["givenName"] == ""  # what it was is said of the other now
    (survivor,) = [key for key, each in merged.items() if each["givenName"] == "Ada" and key != gone]
    assert {gone, survivor} == {key for key, each in before.items() if each["givenName"] in ("Ada", "Cai")}
    now = {each["sourcedId"]: each for each in await provider.list("/enrollments")}
    assert now.keys() == enrollments.keys()
    assert {each["user"]["sourcedId"] for each in now.values()} == before.keys() - {gone} - {
        key for key, each in before.items() if each["givenName"] == "Pat"
    }
    changed = [key for key in now if now[key] != enrollments[key]]
    assert len(changed) == 1
    assert now[changed[0]]["dateLastModified"] > enrollments[changed[0]]["dateLastModified"]
    await _decide(provider, "u-1", "u-3", "different")
    after = await _users(provider)
    strip = lambda each: {name: each[name] for name in each if name != "dateLastModified"}  # noqa: E731
    assert {key: strip(each) for key, each in after.items()} == {key: strip(each) for key, each in before.items()}
    again = {each["sourcedId"]: each["user"]["sourcedId"] for each in await provider.list("/enrollments")}
    assert again == {key: each["user"]["sourcedId"] for key, each in enrollments.items()}


async def test_a_preferred_source_that_comes_later_changes_no_id(district: District) -> None:
    old = await district.source("old", "oneroster")
    await district.take(old, "users", [user("u-1", identifier="1001")])
    await district.settle()
    async with district.db.transaction(district.tenant.id) as tx:
        await rosters.serve(tx, [old.id])
    await refresh(district.db, district.tenant.id)
    first = await _ids(district)
    new = await district.source("new", "oneroster")
    await district.take(new, "users", [user("n-1", identifier="1001")])
    await district.settle()
    async with district.db.transaction(district.tenant.id) as tx:
        await rosters.serve(tx, [new.id, old.id])
    await refresh(district.db, district.tenant.id)
    assert await _ids(district) == first
    async with district.db.transaction(district.tenant.id) as tx:
        await rosters.serve(tx, [new.id])
    await refresh(district.db, district.tenant.id)
    both = await _ids(district)
    assert first.keys() < both.keys()
    assert [both[key] for key in first] == [False]  # the old SIS is served no more: the id is nobody else's


async def _ids(district: District) -> dict[str, bool]:
    async with district.db.transaction(district.tenant.id) as tx:
        rows = await tx.rows(
            "SELECT sourced_id::text, active FROM roster_object WHERE tenant_id = %(tenant)s AND collection = 'users'",
            given=None,
        )
    return dict(rows)


async def test_what_is_dropped_stays_to_be_deleted_and_what_comes_back_is_as_it_was(provider: Provider) -> None:
    before = {each["sourcedId"]: each for each in await provider.list("/enrollments")}
    gone = {**enrollment("e-2", "u-2", "c-1"), "status": "tobedeleted", "dateLastModified": "2026-10-01T08:00:00.000Z"}
    await provider.district.take(provider.sis, "enrollments", [gone])
    await provider.refresh()
    (dropped,) = await provider.list("/enrollments", filter="status='tobedeleted'")
    assert {**dropped, "status": "active", "dateLastModified": ""} == {
        **before[dropped["sourcedId"]],
        "dateLastModified": "",
    }
    assert dropped["dateLastModified"] > before[dropped["sourcedId"]]["dateLastModified"]
    algebra = (await provider.ids("classes"))["Algebra 1-1"]
    assert {each["givenName"] for each in await provider.list(f"/classes/{algebra}/students")} == {"Ada"}
    back = {**enrollment("e-2", "u-2", "c-1"), "dateLastModified": "2026-10-02T08:00:00.000Z"}
    await provider.district.take(provider.sis, "enrollments", [back])
    await provider.refresh()
    assert await provider.list("/enrollments", filter="status='tobedeleted'") == []


async def test_a_listing_that_lacks_a_student_marks_them_and_their_enrollments(provider: Provider) -> None:
    users = [user("u-1", "Ada", "Sample", identifier="1001"), user("u-2", "Ben", "Sample-O'Neil", identifier="1002")]
    await provider.district.listing(provider.sis, "users", users, allow_shrink=True)
    await provider.district.listing(provider.sis, "enrollments", [enrollment("e-1", "u-1", "c-1")], allow_shrink=True)
    await provider.refresh()
    status = {each["givenName"]: each["status"] for each in await provider.list("/users")}
    assert status["Cai"] == "tobedeleted"
    assert status["Ada"] == "active"
    states = [each["status"] for each in await provider.list("/enrollments")]
    assert sorted(states) == ["active", "tobedeleted", "tobedeleted", "tobedeleted"]


async def test_one_class_more_makes_one_class_and_its_course(provider: Provider) -> None:
    assert await provider.refresh() == 0
    await provider.district.take(provider.sis, "classes", [class_("c-3", "Chess", course={"sourcedId": "k-1"})])
    assert await provider.refresh() == 1
    await provider.district.take(provider.sis, "orgs", [plain("o-9", name="Annex", type="school", identifier="99")])
    assert await provider.refresh() >= 1
    assert await provider.refresh() == 0


async def test_a_source_that_is_removed_leaves_ids_and_no_names(provider: Provider) -> None:
    before = await _users(provider)
    async with provider.api.db.transaction(provider.api.tenant) as tx:
        row = await sources.by_id(tx, provider.sis.id)
    assert row is not None
    await remove(provider.api.db, row)
    async with provider.api.db.transaction(provider.api.tenant) as tx:
        assert await rosters.behind(tx)
    await provider.refresh()
    after = await _users(provider)
    assert after.keys() == before.keys()
    assert {(each["status"], each["givenName"], each.get("email")) for each in after.values()} == {
        ("tobedeleted", "", None)
    }
    scores = await provider.list(f"{GRADEBOOK}/results")
    assert [each.get("score") for each in scores] == [None, None]
    async with provider.api.db.transaction(provider.api.tenant) as tx:
        assert not await rosters.behind(tx)
