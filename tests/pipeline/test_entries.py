"""A record of any size: entries one by one, a bounded header, the same bytes from whichever version of the code."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from app.db.records import heads
from app.db.records.packed import packer
from app.errors import NotFound
from app.pipeline.replay import replay
from app.records import reading
from app.records.document import FOLD, EvidenceEntry
from app.records.grouped import by_thing
from app.records.provenance import provenance
from app.records.reading import Filter
from app.records.refold import refold
from app.records.settle import NOBODY
from app.web.family.record_page import _evidence
from tests.support.district import MORNING, District, class_, enrollment, user
from tests.support.settle import pushed


def tried(n: int, **more: Any) -> dict[str, Any]:
    """The nth try of one child."""
    return pushed(f"try-{n}", "1001", occurredAt=f"2026-10-01T10:{n // 60:02}:{n % 60:02}Z", **more)


async def only(district: District) -> UUID:
    [learner] = await district.records()
    return UUID(learner)


async def test_one_more_item_writes_its_own_entries_and_no_other(district: District) -> None:
    tool = await district.source("tool", "evidence")
    await district.take(tool, "evidence", [tried(n) for n in range(120)])
    await district.settle()

    async def written() -> dict[tuple[str, int], str]:
        async with district.db.transaction(district.tenant.id) as tx:
            return {(key, n): xmin for key, n, xmin in await tx.rows("SELECT raw_key, n, xmin::text FROM entry")}

    before = await written()
    await district.take(tool, "evidence", [tried(120)])
    await district.settle()
    after = await written()
    assert {key for key, xmin in after.items() if before.get(key) != xmin} == {("try-120", 0), ("try-120", 2)}
    await replay(district.db, tool)
    await district.settle()
    assert await written() == after, "what is said again is not written again"


async def test_the_header_counts_what_the_entries_are(district: District) -> None:
    tool, club = await district.source("tool", "evidence"), await district.source("club", "evidence")
    await district.take(tool, "evidence", [tried(n, setting="home") for n in range(9)])
    await district.take(club, "evidence", [pushed("a", "1001", setting="summer")])
    await district.take(tool, "evidence", [{"id": "try-3", "withdrawn": True}])
    await district.settle()
    [record] = (await district.records()).values()
    for name in ("results", "evidence"):
        section = record["sections"][name]
        assert (section["count"], section["retracted"]) == (len(record[name]), 1) == (9, 1)
        assert {s["setting"]: s["count"] for s in section["settings"]} == {"home": 8, "summer": 1}
        latest = section["settings"][0]["latest"]
        assert [entry["id"] for entry in latest] == [e["id"] for e in record[name] if e["setting"] == "home"][:3]
    assert {s["source"]: s["entries"] for s in record["sources"]} == {"tool": 16, "club": 2}
    async with district.db.transaction(district.tenant.id) as tx:
        counted = await tx.rows(
            """SELECT learner_id, section, setting, source_id, state, sensitive, count(*)::int, bit_xor(hash) FROM entry
               GROUP BY 1, 2, 3, 4, 5, 6 EXCEPT
               SELECT learner_id, section, setting, source_id, state, sensitive, count, mark FROM entry_count"""
        )
    assert counted == []


async def test_a_header_is_bounded_whatever_is_said(district: District) -> None:
    tool = await district.source("tool", "evidence")
    long = "x" * 150
    many = [
        tried(n, name=f"{long}{n}", learner={"name": {"given": "Ada", "family": f"{long}{n}"}}, setting=setting)
        for n, setting in enumerate(["home", "summer", "in-school", "after-school"] * 30)
    ]
    await district.take(tool, "evidence", many)
    await district.settle()
    learner = await only(district)
    async with district.db.transaction(district.tenant.id) as tx:
        header = await reading.header(tx, learner)
    assert (len(header.names), header.more) == (40, {"names": 80})
    assert len(reading.encoded(header)) < 100_000


async def test_pages_have_every_entry_once_and_the_stream_has_the_same(district: District) -> None:
    tool = await district.source("tool", "evidence")
    await district.take(tool, "evidence", [tried(n % 7) | {"id": f"t-{n}"} for n in range(23)])
    await district.take(tool, "evidence", [{**pushed("undated", "1001")}])
    await district.settle()
    learner = await only(district)
    seen: list[dict[str, Any]] = []
    after = None
    while True:
        async with district.db.transaction(district.tenant.id) as tx:
            page = await reading.page(tx, learner, Filter(sections=["results"]), "general", after, 5)
        seen += [json.loads(row.body) for row in page.rows]
        after = page.following
        if after is None:
            break
    assert len({entry["id"] for entry in seen}) == len(seen) == 24
    dates = [entry.get("date", "") for entry in seen]
    assert dates == sorted(dates, reverse=True)
    assert dates[-1] == ""
    head, rows = await reading.full(district.db, district.tenant.id, learner, "all")
    document = json.loads(b"".join([part async for part in reading.as_document(head, rows)]))
    assert document["results"] == seen
    head, rows = await reading.full(district.db, district.tenant.id, learner, "all")
    lines = [json.loads(line) async for line in reading.as_lines(head, rows)]
    assert lines[0] == json.loads(head)
    assert lines[1:] == [*document["results"], *document["evidence"]]


async def test_entries_are_asked_for_by_class_time_source_and_state(district: District) -> None:
    sis, tool = await district.source("sis", "oneroster"), await district.source("tool", "evidence")
    await district.take(sis, "users", [user("u-1", identifier="1001")])
    await district.take(sis, "classes", [class_("c-1", "Algebra 1"), class_("c-2", "Robotics")])
    await district.take(sis, "enrollments", [enrollment("e-1", "u-1", "c-1"), enrollment("e-2", "u-1", "c-2")])
    await district.take(tool, "evidence", [tried(n) for n in range(3)])
    await district.settle()
    learner = await only(district)

    async def ids(**filters: Any) -> list[str]:
        async with district.db.transaction(district.tenant.id) as tx:
            page = await reading.page(tx, learner, Filter(**filters), "general", None, 50)
        return [json.loads(row.body)["from"][0]["rawKey"] for row in page.rows]

    assert await ids(class_="c-1") == ["e-1"]
    assert await ids(
        sections=["results"], source="tool", since=MORNING.replace(month=10, day=1, hour=10, second=2)
    ) == ["try-2"]
    assert await ids(until=MORNING.replace(month=10, day=1, hour=10), sections=["evidence"]) == ["try-0"]
    assert await ids(state="retracted") == []
    await district.take(sis, "classes", [class_("c-1", "Algebra I", dateLastModified="2026-09-02T08:00:00.000Z")])
    await district.settle()
    [record] = (await district.records()).values()
    assert {e["class"]["title"] for e in record["enrollments"]} == {"Algebra I", "Robotics"}


async def test_a_new_version_of_the_code_makes_all_anew_while_old_records_are_read(district: District) -> None:
    tool, club = await district.source("tool", "evidence"), await district.source("club", "evidence")
    await district.take(tool, "evidence", [tried(n) for n in range(4)])
    await district.take(club, "evidence", [pushed("b", "1002")])
    await district.settle()
    before = await district.bytes()
    old = packer()(b'{"id": "x", "type": "LearnerRecord", "names": [], "results": [{"score": 1, "from": ["s1"]}]}')
    async with district.db.transaction(district.tenant.id) as tx:
        await tx.run("UPDATE learner SET fold = 0, body = %s, etag = 'old', general = NULL, general_etag = NULL", old)
        for table in ("entry", "entry_count", "due"):
            await tx.conn.execute(f"DELETE FROM {table}".encode())
        assert await heads.any_behind(tx, FOLD)
        for learner in before:
            assert (await reading.header(tx, learner)).id == str(learner)
    await district.take(tool, "evidence", [tried(9)])  # meanwhile the service goes on
    await district.settle()
    await district.take(tool, "evidence", [{"id": "try-9", "withdrawn": True}])
    await district.settle()
    assert await refold(district.db, district.tenant.id) == 2
    await replay(district.db, tool)
    await district.settle()
    after = await district.bytes()
    assert after.keys() == before.keys()
    [unchanged] = [learner for learner, body in before.items() if b'"value":"1002"' in body.replace(b" ", b"")]
    assert after[unchanged] == before[unchanged]
    records = await district.records()
    assert sorted(len(record["results"]) for record in records.values()) == [1, 4]
    assert await refold(district.db, district.tenant.id) == 0


async def test_what_is_written_beside_a_later_release_is_left_to_it_to_make_anew(district: District) -> None:
    """A later release has made all records; this one, still at work beside it, writes into two of three."""
    tool = await district.source("tool", "evidence")
    await district.take(tool, "evidence", [pushed(f"of-{n}", str(1001 + n)) for n in range(3)])
    await district.settle()

    async def folds() -> dict[str, int]:
        async with district.db.transaction(district.tenant.id) as tx:
            rows = await tx.rows(
                """SELECT r.raw_key, l.fold - %s FROM record r JOIN learner l ON l.id = (
                       SELECT learner_id FROM person p WHERE p.source_id = r.source_id AND p.key = r.person)
                   WHERE r.kind = 'result'""",
                FOLD,
            )
            return dict(rows)

    async with district.db.transaction(district.tenant.id) as tx:
        await tx.run("UPDATE learner SET fold = fold + 1")
    assert await folds() == {"of-0": 1, "of-1": 1, "of-2": 1}
    await district.take(
        tool, "evidence", [pushed("of-0", "1001", result={"score": 3}), {"id": "of-1", "withdrawn": True}]
    )
    await district.settle()
    assert await folds() == {"of-0": 0, "of-1": 0, "of-2": 1}


async def test_a_record_that_an_earlier_release_writes_into_while_it_is_made_anew_stays_behind(
    district: District,
) -> None:
    tool = await district.source("tool", "evidence")
    await district.take(tool, "evidence", [tried(1)])
    await district.settle()
    learner = await only(district)
    async with district.db.transaction(district.tenant.id) as tx:
        await tx.run("UPDATE learner SET fold = fold - 1")
        await tx.run("UPDATE entry SET fold = fold - 1")
        await heads.up_to_date(tx, learner, FOLD, [])
        assert await heads.behind(tx, FOLD, NOBODY, 10) == [learner]
    assert await refold(district.db, district.tenant.id) == 1
    async with district.db.transaction(district.tenant.id) as tx:
        assert await heads.behind(tx, FOLD, NOBODY, 10) == []


async def test_a_value_tells_who_says_it_since_when_and_how_often(district: District) -> None:
    tool = await district.source("tool", "evidence")
    for n in range(5):
        named = tried(n, learner={"name": {"given": "Ada", "family": "Sample"}})
        await district.take(tool, "evidence", [named], MORNING + timedelta(days=n))
    await district.settle()
    learner = await only(district)
    async with district.db.transaction(district.tenant.id) as tx:
        origins = await provenance(tx, learner, "/names/0", "all", None, 2)
        [source] = origins.sources
        assert (source.count, source.first, source.last) == (5, MORNING, MORNING + timedelta(days=4))
        keys = [json.loads(statement.body or "")["id"] for statement in origins.statements]
        while origins.following:
            origins = await provenance(tx, learner, "/names/0", "all", origins.following, 2)
            keys += [json.loads(statement.body or "")["id"] for statement in origins.statements]
    assert keys == ["try-4", "try-3", "try-2", "try-1", "try-0"]


async def test_no_ones_bytes_come_with_an_achievement_that_two_have(district: District) -> None:
    """Both submissions tell of it; the first to tell it is another child's, with that child's name."""
    club = await district.source("club", "evidence")
    badge = {"achievement": {"id": "https://club.example.org/badges/1", "name": "Robotics"}}
    both = [
        pushed("a", "1001", learner={"name": {"given": "Mia", "family": "One"}}, **badge),
        pushed("b", "1002", learner={"name": {"given": "Leo", "family": "Two"}}, **badge),
    ]
    await district.take(club, "evidence", both)
    await district.settle()
    for learner, record in (await district.records()).items():
        [credential] = record["credentials"]
        async with district.db.transaction(district.tenant.id) as tx:
            origins = await provenance(tx, UUID(learner), f"/credentials/{credential['id']}", "all", None, 9)
        mine, other = ("Mia", "Leo") if record["names"][0]["given"] == "Mia" else ("Leo", "Mia")
        bodies = [statement.body or "" for statement in origins.statements]
        assert all(mine in body for body in bodies)
        assert not any(other in body for body in bodies)


async def test_provenance_of_an_entry_of_another_learner_is_not_found(district: District) -> None:
    tool = await district.source("tool", "evidence")
    await district.take(tool, "evidence", [pushed("a", "1001"), pushed("b", "1002")])
    await district.settle()
    first, other = (await district.records()).items()
    async with district.db.transaction(district.tenant.id) as tx:
        try:
            await provenance(tx, UUID(first[0]), f"/results/{other[1]['results'][0]['id']}", "all", None, 9)
        except NotFound:
            return
    raise AssertionError("it is another learner's")


async def test_a_test_with_its_areas_is_as_many_pieces_and_a_submission_is_one(district: District) -> None:
    tool = await district.source("tool", "evidence")
    await district.take(tool, "evidence", [tried(1)])
    await district.settle()
    learner = await only(district)
    async with district.db.transaction(district.tenant.id) as tx:
        rows = (await reading.page(tx, learner, Filter(dated=True), "general", None, 50)).rows
    entries = [reading.entry_of(row.body) for row in rows]
    assert len(entries) == 2
    [piece] = _evidence(entries)
    assert (piece.title, piece.said) == ("Unit try-1", "8 on a scale of TOOL")
    result = json.loads(next(row.body for row in rows if row.section == "results"))
    raw = result["id"].partition("-")[0]
    areas = [
        reading.entry_of(json.dumps({**result, "id": f"{raw}-{n}", "title": title}).encode())
        for n, title in enumerate(("Math", "Algebra", "Geometry", "Numbers", "Statistics"))
    ]
    evidence = next(entry for entry in entries if isinstance(entry, EvidenceEntry))
    words = replace(evidence, narrative="Built and tried out.")
    photo = replace(evidence, id=f"{raw}-9", name="photo.jpg")
    for order in ([words, photo], [photo, words]):
        assert by_thing(order) == [[words, photo]]
    assert by_thing([photo]) == [[photo]]
    assert {piece.title for piece in _evidence(areas)} == {"Math", "Algebra", "Geometry", "Numbers", "Statistics"}
