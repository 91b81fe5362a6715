"""What Ed-Fi tells of grades, pulled from a small ODS all the way to learners' records."""

from typing import Any

import pytest

from app.pipeline.pull import pull
from app.sources.source import Source
from tests.support.district import District
from tests.support.edfi_server import EdFiServer, Row, link, small_district, student

pytestmark = pytest.mark.enable_socket
ROSTER = ["schools", "courseOfferings", "sections", "students", "studentSchoolAssociations"]
GRADEBOOK = ["learningStandards", "gradebookEntries", "studentGradebookEntries", "grades"]
STATUS = "uri://ed-fi.org/SubmissionStatusDescriptor#"


def report_card(number: str, **more: Any) -> Row:
    """A grade of a grading period: it names the student by number alone."""
    period = {"gradingPeriodName": "Six Weeks 1", "schoolId": 255901001, "schoolYear": 2027}
    attended = {"localCourseCode": "ALG-1", "schoolId": 255901001, "studentUniqueId": number}
    return {
        "gradingPeriodReference": {
            **period,
            "gradingPeriodDescriptor": "uri://ed-fi.org/GradingPeriodDescriptor#First",
        },
        "studentSectionAssociationReference": {**attended, "link": link("studentSectionAssociations", "9" * 32)},
        "gradeTypeDescriptor": "uri://ed-fi.org/GradeTypeDescriptor#Grading Period",
        **more,
    }


def ods() -> tuple[EdFiServer, dict[str, str]]:
    """A small ODS that has all these resources, of which some may be empty."""
    server, ids = small_district(2)
    for resource in GRADEBOOK:
        server.rows.setdefault(resource, {})
    return server, ids


async def source_of(district: District, settings: dict[str, Any]) -> Source:
    return await district.source("ods", "edfi", resources=[*ROSTER, *GRADEBOOK], **settings)


async def results(district: District) -> dict[str, list[tuple[Any, ...]]]:
    """Titles, scores and words, by the given name."""
    await district.settle()
    return {
        record["names"][0]["given"]: sorted(
            (result["title"], result.get("score"), result.get("textScore"), result["status"])
            for result in record["results"]
        )
        for record in (await district.records()).values()
        if record["names"]
    }


ALGEBRA = "ALG-1: Grading Period, Six Weeks 1, 2027"


async def test_grades_and_gradebook_entries_are_in_the_record(district: District) -> None:
    server, ids = ods()
    entry = server.put(
        "gradebookEntries",
        {
            "gradebookEntryIdentifier": "HW1",
            "namespace": "uri://gbisd.org",
            "title": "Homework 1",
            "dateAssigned": "2026-09-01",
            "maxPoints": 12,
            "sourceSectionIdentifier": "ALG-A",
        },
    )
    for number, status, points in (("604800", "Completed", 10), ("604801", "Missing", 0)):
        reference = {"studentUniqueId": number, "link": link("students", ids[number])}
        entered = {"gradebookEntryReference": {"link": link("gradebookEntries", entry)}, "studentReference": reference}
        server.put(
            "studentGradebookEntries",
            {**entered, "pointsEarned": points, "submissionStatusDescriptor": STATUS + status},
        )
    final = server.put("grades", report_card("604800", letterGradeEarned="B", numericGradeEarned=83))
    server.put("grades", report_card("604801", numericGradeEarned=70, currentGradeIndicator=True))
    async with server.listening() as settings:
        source = await source_of(district, settings)
        report = await pull(district.db, source)
        assert (report.state, report.message) == ("done", None)
        assert await results(district) == {
            "Given0": [(ALGEBRA, 83, "B", "fully graded"), ("Homework 1", 10, None, "fully graded")],
            "Given1": [(ALGEBRA, 70, None, "partially graded"), ("Homework 1", 0, None, "not submitted")],
        }
        before = await district.bytes()
        await pull(district.db, source)
        assert await district.bytes() == before
        server.delete("grades", final)
        deleting = await pull(district.db, source)
        assert (deleting.state, deleting.counts()["grades"]["withdrawn"]) == ("done", 1)
        assert (await results(district))["Given0"] == [("Homework 1", 10, None, "fully graded")]


async def test_a_grade_stays_with_the_child_whose_number_it_was(district: District) -> None:
    server, ids = ods()
    server.put("grades", report_card("604800", numericGradeEarned=83))
    async with server.listening() as settings:
        source = await source_of(district, settings)
        await pull(district.db, source)
        assert (await results(district))["Given0"] == [(ALGEBRA, 83, None, "fully graded")]
        server.change_key("students", ids["604800"], studentUniqueId="604899")
        zoe = server.put("students", student("604800", "Zoe", birthDate="2016-01-01", lastSurname="Other"))
        first = {"schoolReference": {"schoolId": 255901001}, "entryDate": "2026-10-01"}
        first |= {"studentReference": {"studentUniqueId": "604800", "link": link("students", zoe)}}
        level = "uri://ed-fi.org/GradeLevelDescriptor#Kindergarten"
        server.put("studentSchoolAssociations", {**first, "entryGradeLevelDescriptor": level})
        for full in (False, True):
            assert (await pull(district.db, source, full=full)).state == "done"
            grades = await results(district)
            assert grades["Given0"] == [(ALGEBRA, 83, None, "fully graded")]
            assert grades["Zoe"] == []


async def test_grades_that_may_not_be_read_cost_themselves(district: District) -> None:
    server, _ = ods()
    server.put("grades", report_card("604800", numericGradeEarned=83))
    async with server.listening() as settings:
        source = await source_of(district, settings)
        await pull(district.db, source)
        server.refused.add("grades")
        report = await pull(district.db, source, full=True)
        assert report.state == "partial"
        assert "grades" in (report.message or "")
        assert (await results(district))["Given0"] == [(ALGEBRA, 83, None, "fully graded")]
