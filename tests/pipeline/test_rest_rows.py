"""One person at two schools, listed twice by a service under one id: both rows stand, and a second sync rests."""

from typing import Any

import pytest

from app.pipeline.pull import pull
from app.sources.source import Source
from tests.support.district import District, user
from tests.support.roster_server import RosterServer

pytestmark = pytest.mark.enable_socket

ORG = {"status": "active", "dateLastModified": "2026-09-01T08:00:00.000Z", "type": "school"}


def at(key: str, school: str, given: str) -> dict[str, Any]:
    org = {"sourcedId": school, "type": "org", "href": "x"}
    return user(key, given, roles=[{"roleType": "primary", "role": "student", "org": org}])


async def rest(district: District, sis: Source, *, full: bool) -> None:
    report = await pull(district.db, sis, full=full)
    assert report.state == "done"
    assert not report.streams["users"].counts["updated"] + report.streams["users"].counts["new"]
    assert (await district.settle()).persons == 0


@pytest.mark.xfail(
    strict=True, reason="over REST the last of two rows of one user stands alone, and each sync writes it"
)
@pytest.mark.parametrize("between", [0, 30], ids=["beside", "pages apart"])
async def test_two_rows_of_one_person_are_one_person_at_two_schools_and_a_second_sync_rests(
    district: District, between: int
) -> None:
    orgs = [{**ORG, "sourcedId": key, "name": name} for key, name in (("o-1", "Oak School"), ("o-2", "Elm"))]
    far = [at(f"x-{number}", "o-1", f"Xi{number}") for number in range(between)]
    server = RosterServer({"orgs": orgs, "users": [at("u-1", "o-1", "Ada"), *far, at("u-1", "o-2", "Ada")]})
    async with server.listening() as settings:
        sis = await district.source("sis", "oneroster", collections=["orgs", "users"], page_size=10, **settings)
        await pull(district.db, sis)
        await district.settle()
        [ada] = [one for one in (await district.records()).values() if one["names"][0]["given"] == "Ada"]
        schools = sorted((school["name"], school.get("ends")) for school in ada["schools"])
        for full in (True, False, True):
            await rest(district, sis, full=full)
        assert schools == [("Elm", None), ("Oak School", None)]
