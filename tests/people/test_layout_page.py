"""The page on which a layout is drafted from a file, changed by choice, tried, and kept."""

import re

import pytest

from app.access import tenants
from tests.support.api import Api
from tests.support.district import District
from tests.support.people import signed_in

FILE = """Local Student ID,First,Last,DOB,When,Reading,Band,Section
0100001,Ada,Sample,1/6/2015,9/8/2025,271,At,A
0100002,Bea,Tester,12/5/2016,9/8/2025,314,Above,A
0100003,Cleo,Probe,3/2/2016,9/9/2025,198,*,B
"""


@pytest.fixture
async def district(api: Api) -> District:
    return District(api.db, await tenants.by_id(api.db, api.tenant))


def kept_name(page: str) -> str:
    match = re.search(r'name="kept" value="([^"]+)"', page)
    assert match, page
    return match[1]


def column(page: str, name: str) -> str:
    """The form's field of a column."""
    match = re.search(rf'<select name="(column-\d+)" aria-label="What {name} is">', page)
    assert match, page
    return match[1]


def role(page: str, name: str) -> str:
    """What a column is shown as."""
    options = page.partition(f'aria-label="What {name} is">')[2].partition("</select>")[0]
    match = re.search(r'value="([^"]+)" selected', options)
    assert match, options
    return match[1]


async def test_a_layout_is_drafted_changed_tried_and_kept_and_then_reads_the_file(api: Api, district: District) -> None:
    source = await district.source("tests", "assessment_file")
    reader = await signed_in(api, "steward")
    address = f"/sources/{source.id}/layout"
    assert address in (await reader.get(f"/sources/{source.id}")).text
    drafted = (await reader.send(address, files={"file": ("spring check.csv", FILE.encode())}, page=address)).text
    assert (role(drafted, "Local Student ID"), role(drafted, "Section")) == ("district id", "roster")
    assert "Ada Sample · district 0100001 · born 2015-01-06" in drafted
    assert "* · 2025-09-09" not in drafted, "a mark is no level"
    waiting_file = kept_name(drafted)

    choices = {"kept": waiting_file, "anew": "yes", "name": "spring_check", "title": "Spring check"}
    choices[column(drafted, "Section")] = "other"
    choices[column(drafted, "Band")] = "other"
    tried = (await reader.send(address, choices, page=address)).text
    assert (role(tried, "Section"), role(tried, "Band")) == ("other", "other")
    assert "271" in tried
    assert "271 · At" not in tried

    saved = await reader.send(f"{address}/keep", choices, page=address)
    assert saved.headers["location"] == f"/sources/{source.id}/upload?kept={waiting_file}"
    waiting = (await reader.get(saved.headers["location"])).text
    assert "spring-check.csv waits here" in waiting
    upload = f"/sources/{source.id}/upload"
    assert "Nothing was changed yet" in (await reader.send(upload, {"kept": waiting_file}, page=upload)).text
    taken = await reader.send(f"{upload}/take", {"kept": waiting_file}, page=upload)
    assert f"/sources/{source.id}/runs/" in taken.headers["location"]
    async with api.db.transaction(api.tenant) as tx:
        results = await tx.one(
            "SELECT count(*) FROM record WHERE source_id = %(source)s AND kind = 'result'", source=source.id
        )
    assert results == 3


async def test_a_file_that_no_layout_knows_leads_from_the_upload_to_the_page(api: Api, district: District) -> None:
    source = await district.source("tests", "assessment_file")
    reader = await signed_in(api, "steward")
    upload = f"/sources/{source.id}/upload"
    refused = await reader.send(upload, files={"file": ("check.csv", FILE.encode())}, page=upload)
    assert (refused.status_code, "Say what its columns mean" in refused.text) == (422, True)
    address = f"/sources/{source.id}/layout"
    drafted = await reader.send(address, {"kept": kept_name(refused.text)}, page=address)
    assert "Three learners, before and after" in drafted.text


async def test_a_file_that_a_layout_knows_is_handed_in_as_it_is(api: Api, district: District) -> None:
    source = await district.source("tests", "assessment_file")
    reader = await signed_in(api, "steward")
    address = f"/sources/{source.id}/layout"
    rows = "start_date,user_id,student_id,grade,standard,proficiency\n2019-09-30,881,605001,3,3.OA.A.1,80\n"
    page = (await reader.send(address, files={"file": ("db.csv", rows.encode())}, page=address)).text
    assert "The layout dreambox_standards reads it as it is" in page


async def test_what_cannot_be_drafted_or_named_is_refused_in_words(api: Api, district: District) -> None:
    source = await district.source("tests", "assessment_file")
    club = await district.source("club", "evidence")
    reader = await signed_in(api, "steward")
    address = f"/sources/{source.id}/layout"
    assert (await reader.get(f"/sources/{club.id}/layout")).status_code == 404
    assert (await reader.send(address, {}, page=address)).status_code == 422
    totals = await reader.send(address, files={"file": ("t.csv", b"School,Mean Score\nNorth,741\n")}, page=address)
    assert (totals.status_code, "no column numbers learners" in totals.text) == (422, True)
    lost = await reader.send(address, {"kept": "../../instance.key"}, page=address)
    assert lost.status_code == 410
    drafted = (await reader.send(address, files={"file": ("check.csv", FILE.encode())}, page=address)).text
    shipped = {"kept": kept_name(drafted), "anew": "yes", "name": "map_growth"}
    refused = await reader.send(f"{address}/keep", shipped, page=address)
    assert (refused.status_code, "there is a layout" in refused.text) == (422, True)
    odd = await reader.send(address, shipped | {"name": "Map Growth!"}, page=address)
    assert odd.status_code == 422
