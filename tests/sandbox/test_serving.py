"""The sandbox as a whole: served on a port, pulled by the connectors, and rejected only where it means to be wrong."""

from collections.abc import Iterator
from typing import Any, get_args

import httpx
import msgspec
import pytest

from app.sandbox.district import District
from app.sandbox.lms import TOKEN
from app.sandbox.serve import Addresses, serving
from app.sandbox.sis import CLIENT_ID, CLIENT_SECRET
from app.sandbox.tool import PASSWORD, USERNAME
from app.sandbox.world import World
from connectors import Connector, named
from connectors.errors import MappingError
from connectors.fields import Fields
from connectors.oneroster.settings import Collection
from schemas import AnyRecord, Person
from tests.support.limits import LOOPBACK

pytestmark = pytest.mark.enable_socket


@pytest.fixture(scope="module")
def world() -> World:
    return World(District())


@pytest.fixture
def addresses(world: World, socket_enabled: Any) -> Iterator[Addresses]:
    with serving(world) as addresses:
        yield addresses


async def pulled(connector: Connector, settings: Any) -> tuple[list[AnyRecord], list[str]]:
    """All records of all streams, and the complaints about those that cannot be mapped."""
    assert connector.client
    records: list[AnyRecord] = []
    complaints: list[str] = []
    async with connector.client(settings) as http:
        for stream in connector.streams_for(settings):
            if stream.pull is None:
                continue
            async for page in stream.pull(http, None):
                complaints += [f"{stream.name}: {reject.reason}" for reject in page.rejects]
                for body in page.records:
                    cells = msgspec.json.decode(body)
                    fields = Fields(dict(zip(page.columns, cells, strict=True)) if page.columns else cells)
                    try:
                        records += stream.map(fields)
                    except MappingError as wrong:
                        complaints.append(f"{stream.name}: {wrong}")
    return records, complaints


def numbers(records: list[AnyRecord]) -> set[str]:
    return {
        identifier.value
        for record in records
        if isinstance(record, Person) and "student" in {role.role for role in record.roles}
        for identifier in record.identifiers
        if identifier.type == "district" and identifier.issuer is None
    }


async def test_the_sis_is_pulled_whole(addresses: Addresses, world: World):
    oneroster = named("oneroster")
    settings = oneroster.settings.model_validate(
        {
            "base_url": f"{addresses.root}/sis",
            "auth": "oauth2-basic",
            "token_url": addresses.token,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "collections": list(get_args(Collection)),
        }
    )
    records, complaints = await pulled(oneroster, settings.within(LOOPBACK))
    assert numbers(records) == {learner.number for learner in world.district.learners}
    assert sorted(complaint.split(":")[0] for complaint in complaints) == ["enrollments", "results", "users", "users"]


async def test_the_lms_is_pulled_whole(addresses: Addresses, world: World):
    canvas = named("canvas")
    settings = canvas.settings.model_validate({"base_url": addresses.lms, "token": TOKEN})
    records, complaints = await pulled(canvas, settings.within(LOOPBACK))
    assert sorted(complaint.split(":")[0] for complaint in complaints) == ["enrollments", "users", "users"]
    assert {type(record).__name__ for record in records} == {
        "AcademicSession",
        "Org",
        "Person",
        "Course",
        "Class",
        "Enrollment",
        "LineItem",
        "Result",
        "Competency",
        "Framework",
    }


async def test_the_tool_is_pulled_whole(addresses: Addresses, world: World):
    kolibri = named("kolibri")
    settings = kolibri.settings.model_validate({"base_url": addresses.tool, "username": USERNAME, "password": PASSWORD})
    records, complaints = await pulled(kolibri, settings.within(LOOPBACK))
    typed = numbers(records)
    assert any(number != number.strip() for number in typed), "some of the tool's numbers have blanks around them"
    assert {number.strip() for number in typed} <= {learner.number for learner in world.district.learners}
    assert sorted(complaint.split(":")[0] for complaint in complaints) == ["accounts", "accounts", "summary_logs"]


async def test_tells_how_to_reach_its_systems_and_turns_the_page(addresses: Addresses, world: World):
    async with httpx.AsyncClient(base_url=addresses.root) as http:
        about = (await http.get("/")).json()
        assert about["sis"]["rostering"] == addresses.rostering
        assert about["sis"]["gradebook"] == addresses.gradebook
        assert about["sis"]["token"] == addresses.token
        assert about["lms"]["base_url"] == addresses.lms
        assert about["tool"]["base_url"] == addresses.tool
        assert about["day"] == 1
        assert (await http.post("/day/9")).status_code == 422
        assert (await http.post("/day/2")).json() == {"day": 2}
    assert world.district.today == 2
    world.advance(1)


async def test_two_sandboxes_stand_side_by_side(addresses: Addresses):
    with serving(World(District(100))) as other:
        assert other.root != addresses.root
        async with httpx.AsyncClient() as http:
            sizes = [(await http.get(root)).json()["learners"] for root in (addresses.root, other.root)]
    assert sizes == [500, 100]
