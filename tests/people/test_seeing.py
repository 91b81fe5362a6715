"""Who may see which learner: by classes, schools, children and caseloads of the record, with their dates."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.access import tenants
from app.db.records import learners
from app.errors import NotFound
from app.people import seeing, sessions
from app.people.roles import MAY, ROLES, THROUGH, Permission, Role
from app.people.viewer import Viewer
from tests.support.api import Api
from tests.support.district import District, class_, enrollment, user
from tests.support.people import Reader, signed_in

TODAY = datetime.now(UTC).date()
SCHOOL = {
    "sourcedId": "o-1",
    "status": "active",
    "dateLastModified": "2026-09-01T08:00:00.000Z",
    "name": "Creek",
    "type": "school",
}


def role_at(role: str, org: str = "o-1") -> dict[str, Any]:
    return {"roles": [{"roleType": "primary", "role": role, "org": {"sourcedId": org, "type": "org", "href": "x"}}]}


def agents(*keys: str) -> dict[str, Any]:
    return {"agents": [{"sourcedId": key, "type": "user", "href": "x"} for key in keys]}


@dataclass
class World:
    """A school: Ada and Ben in Wood 1, Cem in another school; a teacher, a principal, a counselor, Ada's mother."""

    api: Api
    district: District
    sis: Any
    of: dict[str, UUID]

    async def viewer(self, *roles: Role, person: str | None = None, **more: Any) -> Viewer:
        """Somebody signed in, who is that person of the SIS."""
        bound = (self.sis.id, person) if person else None
        reader = await signed_in(self.api, *roles, person=bound, **more)
        return await self.again(reader)

    async def again(self, reader: Reader) -> Viewer:
        service = self.api.app.state.service
        viewer = await sessions.viewer(service.db, service.settings, reader.cookie)
        assert viewer is not None
        return viewer

    async def sees(self, viewer: Viewer, permission: Permission = "learner.read") -> set[str]:
        """Whom somebody may do this about, asked one by one; it must be what the list tells."""
        names = set()
        async with self.api.db.transaction(self.api.tenant) as tx:
            listed = await seeing.learners_of(tx, viewer, permission, TODAY)
            for name, learner in self.of.items():
                try:
                    await seeing.visible_learner(tx, viewer, learner, permission, TODAY)
                except NotFound:
                    continue
                names.add(name)
            if listed is not None:
                assert {name for name, learner in self.of.items() if learner in listed} == names
        return names


@pytest.fixture
async def world(api: Api) -> World:
    district = District(api.db, await tenants.by_id(api.db, api.tenant))
    sis = await district.source("sis", "oneroster")
    await district.take(sis, "orgs", [SCHOOL, {**SCHOOL, "sourcedId": "o-2", "name": "Hill"}])
    people = [
        user("u-1", "Ada", identifier="1001", **agents("g-1")),
        user("u-2", "Ben", identifier="1002"),
        user("u-3", "Cem", identifier="1003", **role_at("student", "o-2")),
        user("t-1", "Tia", email="tia@example.org", **role_at("teacher")),
        user("p-1", "Pia", **role_at("principal")),
        user("n-1", "Nia", **role_at("counselor")),
        user("g-1", "Gia", **role_at("parent")),
    ]
    await district.take(sis, "users", people)
    await district.take(sis, "classes", [class_("c-1", "Wood 1"), class_("c-2", "Wood 2")])
    await district.take(
        sis,
        "enrollments",
        [
            enrollment("e-1", "u-1", "c-1"),
            enrollment("e-2", "u-2", "c-1"),
            enrollment("e-3", "u-3", "c-2"),
            enrollment("e-4", "t-1", "c-1", role="teacher"),
        ],
    )
    await district.settle()
    async with api.db.transaction(api.tenant) as tx:
        rows = {
            name: (await learners.by_identifier(tx, "district", number, None))[0].id
            for name, number in (("Ada", "1001"), ("Ben", "1002"), ("Cem", "1003"))
        }
    return World(api, district, sis, rows)


async def test_each_role_reaches_whom_its_relationship_reaches(world: World) -> None:
    everybody = {"Ada", "Ben", "Cem"}
    for role in ("administrator", "steward", "registrar"):
        assert await world.sees(await world.viewer(role)) == everybody
    assert await world.sees(await world.viewer(person="t-1")) == {"Ada", "Ben"}
    assert await world.sees(await world.viewer(person="p-1")) == {"Ada", "Ben"}
    assert await world.sees(await world.viewer(person="n-1")) == {"Ada", "Ben"}
    assert await world.sees(await world.viewer(person="g-1")) == {"Ada"}
    assert await world.sees(await world.viewer(person="u-2")) == {"Ben"}
    assert await world.sees(await world.viewer("guardian", learner=world.of["Cem"])) == {"Cem"}
    assert await world.sees(await world.viewer("assessor", learner=world.of["Cem"]), "assess") == {"Cem"}
    assert await world.sees(await world.viewer("advisor", learner=world.of["Ben"])) == {"Ben"}
    assert await world.sees(await world.viewer("leader", source=world.sis.id, org="o-2")) == {"Cem"}
    assert await world.sees(await world.viewer("coordinator", source=world.sis.id)) == everybody
    for role in ("teacher", "advisor", "leader", "counselor", "reviewer", "coordinator"):
        assert await world.sees(await world.viewer(role)) == set(), f"a {role} of nobody"
    assert await world.sees(await world.viewer()) == set()


async def test_a_relationship_that_ends_ends_the_access(world: World) -> None:
    teacher = await world.viewer(person="t-1")
    over = {"endDate": "2026-10-01", "beginDate": "2026-08-15"}
    later = {"dateLastModified": "2026-10-02T08:00:00.000Z"}
    await world.district.take(world.sis, "enrollments", [enrollment("e-2", "u-2", "c-1", **over, **later)])
    await world.district.settle()
    assert await world.sees(teacher) == {"Ada"}, "Ben has left the class"
    taken_back = enrollment("e-4", "t-1", "c-1", role="teacher", **later) | {"status": "tobedeleted"}
    await world.district.take(world.sis, "enrollments", [taken_back])
    await world.district.settle()
    assert await world.sees(teacher) == set(), "the teacher no longer teaches it"
    mother = await world.viewer(person="g-1")
    await world.district.take(world.sis, "users", [user("u-1", "Ada", identifier="1001", **later)])
    await world.district.settle()
    assert await world.sees(mother) == set(), "the roster names her no more"


async def test_a_role_for_one_learner_ends_on_its_day_or_when_it_is_taken(world: World) -> None:
    reader = await signed_in(world.api, "guardian", learner=world.of["Ada"])
    assert await world.sees(await world.again(reader)) == {"Ada"}
    async with world.api.db.transaction(world.api.tenant) as tx:
        await tx.run("UPDATE held_role SET ends = now() WHERE account_id = %(account)s", account=reader.account)
    assert await world.sees(await world.again(reader)) == set()


async def test_the_rights_of_a_learner_of_age_are_their_own(world: World) -> None:
    born = {"birthDate": date(TODAY.year - 19, 1, 1).isoformat()}
    demographics = {"sourcedId": "u-1", "status": "active", "dateLastModified": "2026-09-01T08:00:00.000Z", **born}
    mother = await world.viewer(person="g-1")
    guardian = await signed_in(world.api, "guardian", learner=world.of["Ada"])
    assert await world.sees(mother) == await world.sees(await world.again(guardian)) == {"Ada"}
    await world.district.take(world.sis, "demographics", [demographics])
    await world.district.settle()
    assert await world.sees(mother) == await world.sees(await world.again(guardian)) == set()
    async with world.api.db.transaction(world.api.tenant) as tx:
        await tx.run("UPDATE held_role SET origin = 'learner' WHERE account_id = %(account)s", account=guardian.account)
    assert await world.sees(await world.again(guardian)) == {"Ada"}, "Ada has let her in again"


async def test_what_is_sensitive_has_its_own_right(world: World) -> None:
    for viewer, sensitive in (
        (await world.viewer(person="n-1"), True),
        (await world.viewer(person="t-1"), False),
        (await world.viewer("administrator"), False),
        (await world.viewer("guardian", learner=world.of["Ada"], sensitive=True), True),
    ):
        async with world.api.db.transaction(world.api.tenant) as tx:
            seen = await seeing.visible_learner(tx, viewer, world.of["Ada"], "learner.read", TODAY)
        assert seen.sensitive is sensitive


async def test_what_is_seen_is_written_down_with_who_and_why(world: World) -> None:
    viewer = await world.viewer(person="t-1", name="Tia")
    async with world.api.db.transaction(world.api.tenant) as tx:
        seen = await seeing.visible_learner(tx, viewer, world.of["Ada"], "learner.read", TODAY)
        await seeing.note_look(tx, viewer, seen, "record page")
        (line,) = await tx.rows("SELECT via, party, purpose FROM disclosure")
    assert line == (
        f"record page, account {viewer.account.id}",
        "Tia Sample (teacher)",
        "teacher of their class Wood 1",
    )


async def test_no_one_of_another_district_is_seen(world: World) -> None:
    stranger = await world.again(await signed_in(world.api, "administrator", tenant=world.api.other))
    async with world.api.db.transaction(world.api.other) as tx:
        for learner in (world.of["Ada"], uuid4()):
            with pytest.raises(NotFound, match="no such learner"):
                await seeing.visible_learner(tx, stranger, learner, "learner.read", TODAY)


def test_every_role_has_its_rights_and_its_way_to_learners() -> None:
    assert set(MAY) == set(THROUGH) == set(ROLES)


@pytest.mark.parametrize(
    ("query", "index", "condition"),
    [
        ("FROM record r WHERE r.tenant_id = %s AND r.email = lower('A@x.org')", "record_email", "email = "),
        ("FROM header_ref h WHERE h.tenant_id = %s AND h.ref = ANY('{1,2}')", "header_ref_pkey", "ref = ANY"),
    ],
)
async def test_who_is_found_by_address_or_as_an_agent_is_found_by_an_index(
    world: World, query: str, index: str, condition: str
) -> None:
    async with world.api.db.transaction(world.api.tenant) as tx:
        await tx.run("SET LOCAL enable_seqscan = off")
        rows = await tx.rows(f"EXPLAIN SELECT * {query}", tx.tenant)  # type: ignore[arg-type]
    plan = "\n".join(line for (line,) in rows)
    assert index in plan
    assert any("Index Cond" in line and condition in line for line in plan.splitlines()), plan
