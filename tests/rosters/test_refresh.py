"""A tenant's roster as it is made: every kind of object, ids that stay, and nothing written where nothing changed."""

from typing import Any

from app.db.rosters import rosters
from app.rosters.refresh import refresh
from tests.support.district import District, class_, enrollment, user

ORG = {"sourcedId": "o-1", "status": "active", "dateLastModified": "2026-09-01T08:00:00.000Z", "name": "Harbor School"}


async def small(district: District) -> Any:
    """One school, one class, three students and a teacher."""
    sis = await district.source("sis", "oneroster")
    await district.take(sis, "orgs", [{**ORG, "type": "school"}])
    await district.take(sis, "users", [user(f"u-{n}", f"Given{n}") for n in range(1, 4)])
    await district.take(sis, "classes", [class_("c-1", "Algebra")])
    await district.take(sis, "enrollments", [enrollment(f"e-{n}", f"u-{n}", "c-1") for n in range(1, 4)])
    await district.settle()
    async with district.db.transaction(district.tenant.id) as tx:
        await rosters.serve(tx, [sis.id])
    return sis


async def served(district: District, collection: str) -> list[dict[str, Any]]:
    async with district.db.transaction(district.tenant.id) as tx:
        rows = await tx.rows(
            """SELECT sourced_id::text, active, modified, kinds, links::text[], body FROM roster_object
               WHERE tenant_id = %(tenant)s AND collection = %(collection)s ORDER BY sourced_id""",
            collection=collection,
        )
    names = ("sourcedId", "active", "modified", "kinds", "links")
    return [dict(zip(names, row, strict=False)) | row[5] for row in rows]


async def test_every_record_becomes_an_object_and_the_second_time_nothing_is_made(district: District) -> None:
    await small(district)
    assert await refresh(district.db, district.tenant.id) > 0
    first = {name: await served(district, name) for name in ("orgs", "courses", "classes", "users", "enrollments")}
    assert {name: len(rows) for name, rows in first.items()} == {
        "orgs": 2,
        "courses": 1,
        "classes": 1,
        "users": 3,
        "enrollments": 3,
    }
    assert await refresh(district.db, district.tenant.id) == 0
    again = {name: await served(district, name) for name in first}
    assert again == first
