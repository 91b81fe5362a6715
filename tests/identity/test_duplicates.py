"""Duplicates inside one source: a report with its evidence, and nothing merged for it."""

from datetime import timedelta
from typing import Any

from app.access import tenants
from app.identity import decisions, duplicates, scored
from app.sources.source import Source
from tests.support.api import Api
from tests.support.district import MORNING, District, user
from tests.support.people import signed_in

LISTED = (
    ("1", "Elizabeth", "Garcia", "2012-03-04", "9001"),
    ("2", "Liz", "Garcia", "2012-03-04", "7352"),  # held twice, with two numbers
    ("3", "Ryan", "Hill", "2011-05-06", "9003"),
    ("4", "Mary", "Hill", "2011-05-06", "8114"),  # twins
    ("5", "Anna", "Long", "2010-07-08", "9005"),
    ("6", "Marcus", "Reed", "2013-09-10", "9005"),  # one number for two
    ("7", "Student", "17", "2012-11-12", "9007"),
    ("8", "Student", "18", "2012-11-12", "6228"),  # pseudonyms
)


async def test_a_source_that_holds_a_child_twice_is_told_and_nothing_is_merged(district: District) -> None:
    sis = await _listed(district)
    await _scored(district)
    before = await district.bytes()
    listed = await _report(district, sis)
    assert {(d.kind, d.left[1], d.right[1]) for d in listed.duplicates} == {("twice", "1", "2"), ("shared", "5", "6")}
    (twice,) = [d for d in listed.duplicates if d.kind == "twice"]
    assert "one given name is short for the other" in twice.reason
    assert "Garcia" not in twice.reason
    assert (listed.whole, listed.by_names) == (True, True)
    assert await district.bytes() == before


async def test_who_was_said_to_be_two_is_not_told_again(district: District) -> None:
    sis = await _listed(district)
    await _scored(district)
    async with district.db.transaction(district.tenant.id) as tx:
        await decisions.decide(tx, (sis.id, "1"), (sis.id, "2"), "different", by="a test", reason="cousins")
    await district.settle()
    assert [d.kind for d in (await _report(district, sis)).duplicates] == ["shared"]


async def test_numbers_are_told_where_nobody_is_scored(district: District) -> None:
    sis = await _listed(district)
    listed = await _report(district, sis)
    assert ([d.kind for d in listed.duplicates], listed.by_names) == (["shared"], False)


async def test_a_number_that_another_child_had_is_told(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    await district.take(sis, "users", [_user("1", "Anna", "Long", "9001")])
    await district.settle()
    later = [_user("1", "Anna", "Long", "9555"), _user("2", "Marcus", "Reed", "9001")]
    await district.take(sis, "users", later, MORNING + timedelta(days=1))
    await district.settle()
    (recycled,) = (await _report(district, sis)).duplicates
    assert (recycled.kind, {recycled.left[1], recycled.right[1]}) == ("recycled", {"1", "2"})


async def test_the_report_by_api_and_on_its_page(api: Api) -> None:
    district = District(api.db, await tenants.by_id(api.db, api.tenant))
    sis = await _listed(district)
    headers = await api.pusher()
    answer = await api.http.get(f"/v1/identity/duplicates?source={sis.id}", headers=headers)
    body = answer.json()
    assert [(d["kind"], d["left"]["person"], d["right"]["person"]) for d in body["duplicates"]] == [
        ("shared", "5", "6")
    ]
    assert (body["whole"], body["byNames"]) == (True, False)
    assert (await api.http.get("/v1/identity/duplicates?source=77", headers=headers)).status_code == 404
    reader = await signed_in(api, "steward")
    page = (await reader.get(f"/matches/duplicates?source={sis.id}")).text
    assert "Two children with one number" in page
    assert "<mark>Anna Long</mark>" in page
    assert "Two children" not in (await reader.get("/matches/duplicates?source=")).text
    assert (await reader.get("/matches/duplicates?source=x")).status_code == 422


def _user(key: str, given_name: str, family: str, number: str) -> dict[str, Any]:
    return user(key, given_name, family, userIds=[{"type": "state", "identifier": number}])


async def _listed(district: District) -> Source:
    sis = await district.source("sis", "oneroster")
    await district.take(
        sis, "users", [_user(key, given_name, family, number) for key, given_name, family, _, number in LISTED]
    )
    born = {"status": "active", "dateLastModified": "2026-09-01T08:00:00.000Z"}
    days = [{"sourcedId": key, "birthDate": day} | born for key, _, _, day, _ in LISTED]
    await district.take(sis, "demographics", days)
    await district.settle()
    return sis


async def _scored(district: District) -> None:
    """Have some source scored: from then on everybody has keys."""
    club = await district.source("club", "evidence")
    async with district.db.transaction(district.tenant.id) as tx:
        await scored.set_mode(tx, club.id, "propose", by="a test")
    await scored.rematch(district.db, district.tenant.id, club.id)
    await district.settle()


async def _report(district: District, source: Source) -> duplicates.Report:
    async with district.db.transaction(district.tenant.id) as tx:
        return await duplicates.report(tx, source.id)
