"""Attacks by those who had a relationship once, or have one elsewhere: each over the pages themselves."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.access import tenants
from app.db.records import learners
from app.people import accounts
from tests.support.api import Api
from tests.support.attacks import token_of
from tests.support.district import District, class_, enrollment, user
from tests.support.people import TOKEN, Reader, browsing, signed_in

PASSWORD = "four random words here"
LATER = {"dateLastModified": "2026-10-02T08:00:00.000Z"}
TODAY = datetime.now(UTC).date()
SCHOOL = {
    "sourcedId": "o-1",
    "status": "active",
    "dateLastModified": "2026-09-01T08:00:00.000Z",
    "name": "Creek",
    "type": "school",
}


def role_at(role: str, org: str) -> dict[str, Any]:
    return {"roles": [{"roleType": "primary", "role": role, "org": {"sourcedId": org, "type": "org", "href": "x"}}]}


def agents(*keys: str) -> dict[str, Any]:
    return {"agents": [{"sourcedId": key, "type": "user", "href": "x"} for key in keys]}


@dataclass
class Schools:
    """Ada at Creek with her mother Gia; Cem at Hill; Tia taught Ada last year and teaches Cem now."""

    api: Api
    district: District
    sis: Any
    ada: UUID
    cem: UUID

    async def reader(self, person: str, *roles: Any) -> Reader:
        """Somebody signed in, who is that person of the roster."""
        return await signed_in(self.api, *roles, person=(self.sis.id, person))


@pytest.fixture
async def schools(api: Api) -> Schools:
    district = District(api.db, await tenants.by_id(api.db, api.tenant))
    sis = await district.source("sis", "oneroster")
    await district.take(sis, "orgs", [SCHOOL, {**SCHOOL, "sourcedId": "o-2", "name": "Hill"}])
    people = [
        user("u-1", "Ada", "Adason", identifier="1001", **agents("g-1")),
        user("u-2", "Cem", "Cemson", identifier="1002", **role_at("student", "o-2")),
        user("t-1", "Tia", **role_at("teacher", "o-1")),
        user("p-1", "Pia", **role_at("principal", "o-1")),
        user("p-2", "Pam", **role_at("principal", "o-2")),
        user("g-1", "Gia", **role_at("parent", "o-1")),
    ]
    await district.take(sis, "users", people)
    await district.take(sis, "classes", [class_("c-old", "Wood then"), class_("c-new", "Wood now")])
    year = {"beginDate": (TODAY - timedelta(days=400)).isoformat(), "endDate": (TODAY - timedelta(days=60)).isoformat()}
    enrollments = [
        enrollment("e-1", "u-1", "c-old", **year),
        enrollment("e-2", "t-1", "c-old", role="teacher", **year),
        enrollment("e-3", "u-2", "c-new"),
        enrollment("e-4", "t-1", "c-new", role="teacher"),
    ]
    await district.take(sis, "enrollments", enrollments)
    await district.settle()
    async with api.db.transaction(api.tenant) as tx:
        ada, cem = [(await learners.by_identifier(tx, "district", n, None))[0].id for n in ("1001", "1002")]
    return Schools(api, district, sis, ada, cem)


async def statuses(reader: Reader, paths: list[str], token: str, posts: list[str]) -> set[int]:
    """What pages and forms answer somebody."""
    sent = {"form_token": token, "words": "x", "purpose": "x", "name": "x", "topics": "x", "level": "Mastered"}
    return {(await reader.get(path)).status_code for path in paths} | {
        (await reader.http.post(path, data=sent)).status_code for path in posts
    }


def own_pages(learner: UUID) -> list[str]:
    return [f"/mine/{learner}{page}" for page in ("", "/badges", "/corrections", "/looks")]


async def test_a_guardian_whose_guardianship_ended_is_out_of_every_page(schools: Schools) -> None:
    mother = await schools.reader("g-1")
    token = await token_of(mother)
    posts = [f"/mine/{schools.ada}/corrections", f"/mine/{schools.ada}/shares"]
    assert await statuses(mother, own_pages(schools.ada), token, []) == {200}
    assert "Ada" in (await mother.get("/mine")).text or (await mother.get("/mine")).status_code == 303
    await schools.district.take(schools.sis, "users", [user("u-1", "Ada", "Adason", identifier="1001", **LATER)])
    await schools.district.settle()
    pages = [*own_pages(schools.ada), f"/learners/{schools.ada}"]
    assert await statuses(mother, pages, token, posts) <= {403, 404}
    assert "Ada" not in (await mother.http.get("/mine", follow_redirects=True)).text


async def test_a_learner_who_turned_18_has_the_record_and_their_mother_has_not(schools: Schools) -> None:
    mother, own = await schools.reader("g-1"), await schools.reader("u-1")
    token, own_token = await token_of(mother), await token_of(own)
    posts = [f"/mine/{schools.ada}/corrections", f"/mine/{schools.ada}/shares"]
    born = {"sourcedId": "u-1", "status": "active", "birthDate": date(TODAY.year - 18, 1, 1).isoformat(), **LATER}
    await schools.district.take(schools.sis, "demographics", [born])
    await schools.district.settle()
    assert await statuses(mother, own_pages(schools.ada), token, posts) <= {403, 404}
    assert "Adason" not in (await mother.http.get("/mine", follow_redirects=True)).text
    assert await statuses(own, own_pages(schools.ada), own_token, []) == {200}
    answer = await own.http.post(posts[0], data={"form_token": own_token, "words": "My name is spelled wrong"})
    assert answer.status_code == 303


async def test_a_teacher_of_last_year_s_class_sees_this_year_s_alone(schools: Schools) -> None:
    teacher = await schools.reader("t-1")
    token = await token_of(teacher)
    before, now = f"/classes/{schools.sis.id}/c-old", f"/classes/{schools.sis.id}/c-new"
    assert (await teacher.get(now)).status_code == 200
    assert (await teacher.get(f"/learners/{schools.cem}")).status_code == 200
    pages = [before, f"{before}/needs", f"{before}/evidence", f"/learners/{schools.ada}"]
    assert await statuses(teacher, pages, token, [f"{before}/evidence"]) <= {403, 404}
    for page in ("/classes", "/learners", "/learners?q=Adason", now):
        text = (await teacher.get(page)).text
        assert ("Wood then" in text, str(schools.ada) in text) == (False, False), page


async def try_password(http: httpx.AsyncClient, login: str, password: str) -> int:
    hidden = TOKEN.search((await http.get("/login")).text)
    assert hidden
    values = {"login": login, "password": password, "form_token": hidden[1], "district": "sample"}
    return (await http.post("/login", data=values)).status_code


@pytest.fixture
async def class_accounts(api: Api) -> list[str]:
    """The logins of a class of thirty, all with one password: what is tested is who is let try."""
    async with api.db.transaction(api.tenant) as tx:
        first = await accounts.make(tx, "pupil-0@example.org", "Pupil Sample", password=PASSWORD)
        for n in range(1, 30):
            row = await accounts.make(tx, f"pupil-{n}@example.org", "Pupil Sample")
            await tx.run(
                "UPDATE account SET password = (SELECT password FROM account WHERE id = %(first)s) WHERE id = %(own)s",
                first=first.id,
                own=row.id,
            )
    return [f"pupil-{n}@example.org" for n in range(30)]


async def test_a_class_behind_one_address_signs_in_at_once(api: Api, class_accounts: list[str]) -> None:
    for login in class_accounts:
        async with browsing(api.app, place="192.0.2.1") as http:
            assert await try_password(http, login, PASSWORD) == 303, login


async def test_a_guesser_at_one_place_keeps_the_owner_out_nowhere_else(api: Api, class_accounts: list[str]) -> None:
    login = class_accounts[0]
    async with browsing(api.app, place="192.0.2.66") as guesser:
        answers = [await try_password(guesser, login, f"guess {n}") for n in range(25)]
    assert set(answers[:10]) == {401}
    assert set(answers[-10:]) == {429}, "the guesser is slowed down"
    async with browsing(api.app, place="192.0.2.1") as own:
        assert await try_password(own, login, PASSWORD) == 303, "the owner, at a computer never used before"
    async with browsing(api.app, place="192.0.2.66") as guesser:
        assert await try_password(guesser, login, PASSWORD) == 429, "what the owner does opens nothing to the guesser"


@pytest.mark.slow
async def test_many_places_together_do_not_guess_without_end(api: Api, class_accounts: list[str]) -> None:
    answers = []
    for n in range(60):
        async with browsing(api.app, place=f"198.51.100.{n}") as http:
            answers.append(await try_password(http, class_accounts[1], "a wrong password"))
    assert answers[0] == 401
    assert answers[-1] == 429


async def test_a_leader_of_another_school_reaches_nobody_here(schools: Schools) -> None:
    leader = await schools.reader("p-2")
    token = await token_of(leader)
    assert (await leader.get(f"/learners/{schools.cem}")).status_code == 200
    pages = [f"/learners/{schools.ada}", f"/learners/{schools.ada}/credentials", f"/learners/{schools.ada}/plan"]
    assert await statuses(leader, [*pages, *own_pages(schools.ada)], token, []) <= {403, 404}
    for page in ("/learners", "/learners?q=Adason", "/learners?q=1001"):
        assert str(schools.ada) not in (await leader.get(page)).text, page
    moved = user("p-2", "Pam", **role_at("principal", "o-1"), **LATER)
    await schools.district.take(schools.sis, "users", [moved])
    await schools.district.settle()
    assert (await leader.get(f"/learners/{schools.ada}")).status_code == 200, "she leads Creek now"
    assert (await leader.get(f"/learners/{schools.cem}")).status_code == 404, "and Hill no more"
