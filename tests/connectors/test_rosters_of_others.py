"""Roster records as other services write them: none costs a student, and none says what was not told.

Shapes only: the values are made up. Where each was seen is in `tests/reports/rosters.md`.
"""

from typing import Any

import msgspec
import pytest

from connectors import named
from connectors.errors import MappingError
from connectors.fields import Fields
from tests.support.district import enrollment, user

HOUSE = {"sourcedId": "S1", "type": "org", "href": "x"}
OLDER = {"sourcedId": "u1", "enabledUser": True, "givenName": "Ada", "familyName": "Sample", "role": "student"}
CLEVER = {"id": "c1", "district": "d1", "name": {"first": "Ada", "last": "Sample"}}


def mapped(connector: str, stream: str, row: dict[str, Any]) -> list[dict[str, Any]]:
    """What a record says, as it is stored."""
    (of,) = [each for each in named(connector).streams if each.name == stream]
    return [msgspec.json.decode(msgspec.json.encode(record)) for record in of.map(Fields(dict(row)))]


def the(connector: str, stream: str, row: dict[str, Any]) -> dict[str, Any]:
    return mapped(connector, stream, row)[0]


def test_an_organization_named_by_its_id_alone_is_a_school() -> None:
    person = the("oneroster", "users", {**OLDER, "orgs": ["S1"]})
    assert person["roles"] == [{"role": "student", "org": "S1"}]
    record = the(
        "oneroster", "enrollments", enrollment("e1", "u1", "c1") | {"user": "u1", "class": "c1", "school": "S1"}
    )
    assert (record["person"], record["class_"], record["org"]) == ("u1", "c1", "S1")
    with pytest.raises(MappingError, match="is not a reference"):  # an address is no id
        mapped("oneroster", "enrollments", enrollment("e1", "u1", "c1") | {"user": "https://sis.example.org/users/u1"})


def test_an_identifier_that_is_none_costs_no_other() -> None:
    ids = ["1001", {"type": "stateId", "identifier": "77", "more": True}, {"type": "x", "identifier": True}, None]
    person = the("oneroster", "users", user("u1", userIds=ids))
    assert {"type": "state", "value": "77"} in person["identifiers"] or {"type": "other", "value": "77"} in person[
        "identifiers"
    ]
    assert {*person["extensions"]} >= {"userIds[0]", "userIds[2]", "userIds[3]"}
    assert all(identifier["value"] not in ("1001", "True") for identifier in person["identifiers"])


def test_demographics_with_an_id_of_their_own_are_of_the_user_they_name() -> None:
    row = {"sourcedId": "demo-1", "status": "active", "birthDate": "2010-05-06"}
    assert the("oneroster", "demographics", {**row, "userSourcedIds": ["u1"]})["person"] == "u1"
    assert the("oneroster", "demographics", {**row, "userSourcedIds": []})["person"] == "demo-1"
    with pytest.raises(MappingError, match="names 2 users"):  # one birth date, and two children
        mapped("oneroster", "demographics", {**row, "userSourcedIds": ["u1", "u2"]})


def test_an_end_in_the_year_9999_is_no_end() -> None:
    record = the("oneroster", "enrollments", enrollment("e1", "u1", "c1", endDate="9999-12-31"))
    assert "ends" not in record
    assert record["extensions"] == {"endDate": "9999-12-31 is read as no end"}


def test_a_code_that_clever_does_not_list_costs_itself() -> None:
    student = {"student": {"school": "S1", "grade": "Grade 9"}}
    person = the("clever", "users", {**CLEVER, "roles": student})
    assert (person.get("grades"), person["extensions"]) == (None, {"grade": "Grade 9"})
    contact = {"student_relationships": [{"relationship": "Guardian", "student": "c2", "type": "Guardian"}]}
    adult, child = mapped("clever", "users", {**CLEVER, "roles": {"contact": contact}})
    assert adult["extensions"] == {"relationship": "Guardian"}
    assert child["agents"] == [{"person": "c1"}], "an adult of the child, in no role that opens the record"


@pytest.mark.parametrize(
    "row",
    [
        {**OLDER, "role": "Student", "orgs": [HOUSE], "status": "ACTIVE"},
        {**OLDER, "orgs": [{"sourcedId": "S1", "type": "school"}], "metadata": {"jp": {"homeClass": "7a"}}},
        {**OLDER, "orgs": [HOUSE], "agents": [None, "x", {"sourcedId": "p1"}], "grades": [9], "sms": None},
        user("u1", roles=[{"role": "student", "roleType": "primary", "org": {"sourcedId": "S1", "type": "org"}}]),
        {**OLDER, "orgs": [{"sourcedId": 77}], "userIds": "", "middleName": ""},
    ],
    ids=["upper case", "type of a school", "agents of any shape", "1.2", "ids that are numbers"],
)
def test_a_student_comes_whatever_stands_beside_the_point(row: dict[str, Any]) -> None:
    person = the("oneroster", "users", row)
    assert person["key"] == "u1"
    assert [role["role"] for role in person["roles"]] == ["student"]
