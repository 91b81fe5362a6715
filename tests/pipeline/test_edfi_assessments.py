"""What Ed-Fi tells of assessments and competency objectives, pulled to frameworks, results and pages."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from app.access import tenants
from app.mastery.adopting import adopt, pulled_frameworks
from app.mastery.evidence import evidence_board
from app.pipeline.pull import pull
from tests.support.api import Api
from tests.support.district import District
from tests.support.edfi_server import EdFiServer, Row, link, small_district
from tests.support.people import signed_in

pytestmark = pytest.mark.enable_socket
RESOURCES = ["schools", "students", "studentSchoolAssociations", "assessments", "objectiveAssessments"]
RESOURCES += ["studentAssessments", "competencyObjectives", "studentCompetencyObjectives"]
STATE = {"assessmentIdentifier": "ALG-F", "namespace": "uri://state.example/assessments"}
NINTH = "uri://ed-fi.org/GradeLevelDescriptor#Ninth grade"


def descriptor(kind: str, code: str) -> str:
    return f"uri://ed-fi.org/{kind}Descriptor#{code}"


def method(name: str) -> Row:
    return {"assessmentReportingMethodDescriptor": descriptor("AssessmentReportingMethod", name)}


def ods() -> EdFiServer:
    """Three students: one tested, one absent, one whose levels are listed met and not met (Data Standard 4)."""
    server, ids = small_district(3)
    assessment = server.put("assessments", {**STATE, "assessmentTitle": "State Algebra, fall"})
    of = {**STATE, "link": link("assessments", assessment)}
    server.put(
        "objectiveAssessments",
        {"identificationCode": "ALG.1", "assessmentReference": of, "description": "Solves linear equations."},
    )
    objective = {"objective": "Persuasive writing", "objectiveGradeLevelDescriptor": NINTH}
    org = {"educationOrganizationId": 255901001}
    server.put("competencyObjectives", {**objective, "educationOrganizationReference": org})

    def took(number: str, **more: Any) -> None:
        reference = {"studentUniqueId": number, "link": link("students", ids[number])}
        server.put("studentAssessments", {"studentReference": reference, "assessmentReference": of, **more})

    basic = {**method("Level"), "performanceLevelDescriptor": descriptor("PerformanceLevel", "Basic")}
    advanced = {**method("Level"), "performanceLevelDescriptor": descriptor("PerformanceLevel", "Advanced")}
    took(
        "604800",
        scoreResults=[{**method("Percentile"), "result": "45"}, {**method("Scale score"), "result": "1480"}],
        studentObjectiveAssessments=[
            {"objectiveAssessmentReference": {**STATE, "identificationCode": "ALG.1"}, "performanceLevels": [basic]}
        ],
    )
    took("604801", reasonNotTestedDescriptor=descriptor("ReasonNotTested", "Absent"))
    took(
        "604802", performanceLevels=[{**advanced, "performanceLevelMet": False}, {**basic, "performanceLevelMet": True}]
    )
    server.put(
        "studentCompetencyObjectives",
        {
            "studentReference": {"studentUniqueId": "604800", "link": link("students", ids["604800"])},
            "objectiveCompetencyObjectiveReference": {**objective, **org},
            "gradingPeriodReference": {"gradingPeriodName": "Fall", "schoolYear": 2027},
            "competencyLevelDescriptor": descriptor("CompetencyLevel", "Proficient"),
        },
    )
    return server


@pytest.fixture
async def district(api: Api) -> District:
    return District(api.db, await tenants.by_id(api.db, api.tenant))


async def test_assessments_and_objectives_come_to_frameworks_records_and_pages(api: Api, district: District) -> None:
    async with ods().listening() as settings:
        source = await district.source("ods", "edfi", resources=RESOURCES, data_standard="5", **settings)
        report = await pull(district.db, source)
    assert (report.state, report.message) == ("done", None)
    await district.settle()
    records = {record["names"][0]["given"]: record for record in (await district.records()).values()}
    tested = {result["title"]: result for result in records["Given0"]["results"]}
    state = tested["State Algebra, fall"]
    assert (state["score"], state["unit"], state["percentile"], state["status"]) == (
        *(1480.0, "Scale score"),
        *(45.0, "fully graded"),
    )
    (absent,) = records["Given1"]["results"]
    assert (absent["status"], absent["narrative"]) == ("not tested", "Not tested: Absent")
    assert not absent.keys() & {"score", "level", "textScore"}, "who was not tested reached nothing, not even zero"
    (listed,) = records["Given2"]["results"]
    assert listed["level"] == "Basic", "a level that was not met is nobody's"

    learner, now = UUID(records["Given0"]["id"]), datetime.now(UTC)
    async with api.db.transaction(api.tenant) as tx:
        pulled = await pulled_frameworks(tx, district.tenant)
        assert {framework.title: framework.row.competencies for framework in pulled} == {
            "State Algebra, fall": 1,
            "ODS: competencies": 1,
        }
        for framework in pulled:
            await adopt(tx, district.tenant, framework.id, base="https://records.example.org/ims/case/v1p1", at=now)
    await district.settle()
    async with api.db.transaction(api.tenant) as tx:
        standings = (await evidence_board(tx, [learner])).standings(learner, now)
    assert {standing.item.statement for standing in standings} == {"ALG.1", "Persuasive writing"}

    reader = await signed_in(api, "registrar")
    page = (await reader.get(f"/learners/{learner}")).text
    assert "State Algebra, fall" in page
    assert "1480" in page.replace(",", "")
    absent_page = (await reader.get(f"/learners/{records['Given1']['id']}")).text
    assert "State Algebra, fall" in absent_page
    assert "not tested" in absent_page
    assert "graded" not in absent_page
