"""A district whose roster is served: two schools, a dual student, a parent, a gradebook; a client that may read all."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import uvicorn

from app.access.scopes import ONEROSTER, SCOPES
from app.db.access import tenants
from app.rosters import sharing
from app.rosters.refresh import refresh
from app.sources.source import Source
from tests.support.api import Api, bearer
from tests.support.district import District, class_, enrollment, user

ROSTERING = "/ims/oneroster/rostering/v1p2"
GRADEBOOK = "/ims/oneroster/gradebook/v1p2"
RESOURCES = "/ims/oneroster/resources/v1p2"
EVERY = [scope for scope in SCOPES if scope.startswith(ONEROSTER)]
AT = "2026-09-01T08:00:00.000Z"


def ref(kind: str, key: str) -> dict[str, str]:
    return {"sourcedId": key, "type": kind, "href": "x"}


def plain(key: str, **more: Any) -> dict[str, Any]:
    return {"sourcedId": key, "status": "active", "dateLastModified": AT, **more}


def role(name: str, org: str = "o-1", kind: str = "primary") -> dict[str, Any]:
    return {"roleType": kind, "role": name, "org": ref("org", org)}


ORGS = [
    plain("d-1", name="Harbor District", type="district", identifier="9"),
    plain("o-1", name="Harbor High", type="school", identifier="91", parent=ref("org", "d-1")),
    plain("o-2", name="Cove Middle", type="school", identifier="92", parent=ref("org", "d-1")),
    plain("o-3", name="Science", type="department", identifier="913", parent=ref("org", "o-1")),
]
SESSIONS = [
    plain("y-1", title="2026-27", type="schoolYear", startDate="2026-08-17", endDate="2027-06-12", schoolYear="2027"),
    plain("t-1", title="Fall", type="term", startDate="2026-08-17", endDate="2026-12-19", schoolYear="2027",
          parent=ref("academicSession", "y-1")),
    plain("g-1", title="Quarter 1", type="gradingPeriod", startDate="2026-08-17", endDate="2026-10-17",
          schoolYear="2027", parent=ref("academicSession", "t-1")),
]  # fmt: skip
COURSES = [plain("k-1", title="Algebra", courseCode="ALG1", org=ref("org", "o-1"), subjects=["Mathematics"],
                 grades=["09", "10"], schoolYear=ref("academicSession", "y-1"))]  # fmt: skip
CLASSES = [
    class_("c-1", "Algebra 1-1", classCode="A11", terms=[ref("academicSession", "t-1")], grades=["09", "10"],
           subjects=["Mathematics"], periods=["1", "3"], location="101"),
    class_("c-2", "Homeroom 7B", classType="homeroom", course=ref("course", "none"), school=ref("org", "o-2")),
]  # fmt: skip
USERS = [
    user("u-1", "Ada", "Sample", identifier="1001", email="ada@harbor.example", grades=["09"], username="ada",
         userIds=[{"type": "State", "identifier": "S1001"}], agents=[ref("user", "p-1")],
         preferredFirstName="Addie", pronouns="she/her", primaryOrg=ref("org", "o-1")),
    user("u-2", "Ben", "Sample-O'Neil", identifier="1002", email="Ben@harbor.example", grades=["09", "10"],
         roles=[role("student"), role("student", "o-2", "secondary")]),
    user("u-3", "Cai", "Zhou", identifier="1003", roles=[role("student", "o-2")]),
    user("t-9", "Tess", "Teacher", identifier="77", email="tess@harbor.example", roles=[role("teacher")]),
    user("p-1", "Pat", "Sample", roles=[role("parent", "d-1")], phone="555-0100"),
]  # fmt: skip
ENROLLMENTS = [
    enrollment("e-1", "u-1", "c-1", beginDate="2026-08-17", endDate="2026-12-19"),
    enrollment("e-2", "u-2", "c-1"),
    enrollment("e-3", "u-3", "c-2", school=ref("org", "o-2")),
    enrollment("e-4", "t-9", "c-1", role="teacher", primary="true"),
]
DEMOGRAPHICS = [
    plain("u-1", birthDate="2011-03-04", sex="female", asian="true", hispanicOrLatinoEthnicity="false"),
    plain("u-3", birthDate="2013-05-06"),
]
ITEMS = [
    plain("i-1", title="Quiz 1", assignDate="2026-09-01T00:00:00Z", dueDate="2026-09-04T00:00:00Z",
          category=ref("category", "Quizzes"), **{"class": ref("class", "c-1")}, school=ref("org", "o-1"),
          resultValueMin=0, resultValueMax=10, gradingPeriod=ref("academicSession", "g-1"),
          learningObjectiveSet=[{"source": "case", "learningObjectiveIds": ["8d0f6b1e-0000-4000-8000-000000000001"]}])
]  # fmt: skip
RESULTS = [
    plain("r-1", lineItem=ref("lineItem", "i-1"), student=ref("user", "u-1"), score=8.5,
          **{"class": ref("class", "c-1")}, scoreStatus="fully graded",
          scoreDate="2026-09-05"),
    plain("r-2", lineItem=ref("lineItem", "i-1"), student=ref("user", "u-2"), score=10,
          **{"class": ref("class", "c-1")}, scoreStatus="fully graded",
          scoreDate="2026-09-05"),
]  # fmt: skip
ASSESSMENT_ITEMS = [plain("a-1", title="Reading Inventory", resultValueMin=0, resultValueMax=1000)]
ASSESSMENT_RESULTS = [
    plain("b-1", assessmentLineItem=ref("assessmentLineItem", "a-1"), student=ref("user", "u-3"), score=640,
          scoreStatus="fully graded", scoreDate="2026-09-10", scorePercentile=71)
]  # fmt: skip
STREAMS: dict[str, list[dict[str, Any]]] = {
    "orgs": ORGS,
    "academicSessions": SESSIONS,
    "courses": COURSES,
    "classes": CLASSES,
    "users": USERS,
    "demographics": DEMOGRAPHICS,
    "enrollments": ENROLLMENTS,
    "lineItems": ITEMS,
    "results": RESULTS,
    "assessmentLineItems": ASSESSMENT_ITEMS,
    "assessmentResults": ASSESSMENT_RESULTS,
}


@dataclass
class Provider:
    """The service, its district, the source its roster is made of, and the headers of a client that may read it all."""

    api: Api
    district: District
    sis: Source
    headers: dict[str, str]

    async def get(self, path: str, *, headers: dict[str, str] | None = None, **query: Any) -> httpx.Response:
        """A request; of the rostering service unless the path says another."""
        where = path if path.startswith("/ims") else ROSTERING + path
        return await self.api.http.get(where, params=query, headers=headers or self.headers)

    async def list(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """The objects of a page."""
        answer = await self.get(path, **query)
        assert answer.status_code == 200, answer.text
        (objects,) = answer.json().values()
        return list(objects)

    async def ids(self, collection: str, by: str = "title") -> dict[str, str]:
        """The sourcedIds of a collection's objects, by one of their fields."""
        return {each[by]: each["sourcedId"] for each in await self.list(f"/{collection}", limit=10000)}

    async def refresh(self) -> int:
        """Settle what came, and make the roster anew."""
        await self.district.settle()
        return await refresh(self.api.db, self.api.tenant)

    async def client(self, *scopes: str, **rule: Any) -> dict[str, str]:
        """The headers of another client, with what is shared with it."""
        client, key = await self.api.client(*(scopes or EVERY))
        async with self.api.db.transaction(self.api.tenant) as tx:
            settings = {"schools": None, "classes": None, "withheld": [], **rule}
            await sharing.share(tx, client, **settings)
        return bearer(key)


@asynccontextmanager
async def listening(api: Api) -> AsyncIterator[str]:
    """The service on loopback; its address."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(api.app, lifespan="off", log_level="error", timeout_graceful_shutdown=1))
        task = asyncio.create_task(server.serve(sockets=[taken]))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
        server.should_exit = True
        await task


@pytest.fixture
async def provider(api: Api) -> Provider:
    owner = await tenants.by_id(api.db, api.tenant)
    assert owner is not None
    district = District(api.db, owner)
    sis = await district.source("sis", "oneroster")
    for stream, rows in STREAMS.items():
        outcome = await district.take(sis, stream, rows)
        assert not outcome.rejected, outcome.rejected
    async with api.db.transaction(api.tenant) as tx:
        await sharing.serve(tx, [sis.id])
    provider = Provider(api, district, sis, {})
    await provider.refresh()
    provider.headers = await provider.client()
    return provider
