"""The provider as a vendor calls it: every operation of the official documents, its answers, its errors."""

import asyncio
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from tests.support.contract import LONG
from tests.support.rosters import GRADEBOOK, RESOURCES, ROSTERING, Provider, listening

BRIEF = """
[[operations]]
include-path-regex = "[{]"
phases.coverage.enabled = false  # what is listed of one school or class takes the parameters that its collection takes
"""
DOCUMENTS = {"rosters": ROSTERING, "gradebook": GRADEBOOK, "resources": RESOURCES}


def document(shared: Path, name: str) -> dict[str, Any]:
    path = shared / f"data/oneroster/onerosterv1p2{name}service_openapi3_v1p0.json"
    body: dict[str, Any] = json.loads(path.read_text())
    return body


async def _path(provider: Provider, path: str) -> str:
    """A path with ids of objects that are there."""
    users = await provider.ids("users", "givenName")
    named = {
        "schoolSourcedId": (await provider.ids("schools", "name"))["Harbor High"],
        "classSourcedId": (await provider.ids("classes"))["Algebra 1-1"],
        "courseSourcedId": (await provider.ids("courses"))["Algebra"],
        "studentSourcedId": users["Ada"],
        "userSourcedId": users["Ada"],
        "teacherSourcedId": users["Tess"],
        "termSourcedId": (await provider.ids("terms"))["Fall"],
        "lineItemSourcedId": (await provider.list(f"{GRADEBOOK}/lineItems"))[0]["sourcedId"],
    }
    return re.sub(r"\{(\w+)\}", lambda name: named.get(name[1], name[0]), path)


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_every_get_operation_answers_as_its_document_says(provider: Provider, shared: Path, name: str) -> None:
    official = document(shared, name)
    count = 0
    for path, methods in official["paths"].items():
        if "get" not in methods or path.endswith("{sourcedId}"):
            continue
        where = DOCUMENTS[name] + await _path(provider, path)
        answer = await provider.get(where)
        assert answer.status_code == 200, (path, answer.text)
        schema = methods["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        validator = Draft4Validator({**schema, "components": official["components"]})
        assert list(validator.iter_errors(answer.json())) == [], path
        (objects,) = answer.json().values()
        assert answer.headers["X-Total-Count"] == str(len(objects))
        if name != "resources" and "scoreScales" not in path:
            assert objects, path
        for each in objects[:1] if "{" not in path else []:
            single = await provider.get(f"{where}/{each['sourcedId']}")
            schema = official["paths"][path + "/{sourcedId}"]["get"]["responses"]["200"]["content"]
            schema = schema["application/json"]["schema"]
            validator = Draft4Validator({**schema, "components": official["components"]})
            assert list(validator.iter_errors(single.json())) == [], path
            assert list(single.json().values()) == [each]
            count += 1
        count += 1
    assert count > 3


@pytest.mark.slow
@pytest.mark.enable_socket
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", DOCUMENTS)
async def test_schemathesis_finds_nothing(provider: Provider, shared: Path, tmp_path: Path, name: str) -> None:
    official = document(shared, name)
    official["paths"] = {path: {"get": each["get"]} for path, each in official["paths"].items() if "get" in each}
    (tmp_path / "document.json").write_text(json.dumps(official))
    (tmp_path / "schemathesis.toml").write_text("" if LONG else BRIEF)
    command = [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()", "run"]
    command += [str(tmp_path / "document.json"), "--header", f"Authorization: {provider.headers['Authorization']}"]
    command += ["--max-examples", "3", "--phases", "coverage,fuzzing", "--seed", "1"]
    command += ["--exclude-checks", "positive_data_acceptance"]  # it takes any text for a filter and for fields
    async with listening(provider.api) as address:
        run = await asyncio.create_subprocess_exec(
            *command, "--url", address + DOCUMENTS[name], stdout=-1, stderr=-1, cwd=tmp_path
        )
        out, err = await run.communicate()
    assert run.returncode == 0, (out + err).decode()[-6000:]


async def test_what_a_gradebook_asks_first_is_answered(provider: Provider) -> None:
    """The reads of Google's OneRoster 1.2 conformance notebook, in its order; grades are not written here."""
    (teacher,) = await provider.list("/teachers", filter="email='tess@harbor.example'", limit=10000)
    classes = await provider.list(f"/teachers/{teacher['sourcedId']}/classes", limit=10000, filter="status='active'")
    taught, term = classes[0]["sourcedId"], classes[0]["terms"][0]["sourcedId"]
    students = await provider.list(f"/classes/{taught}/students", limit=10000)
    assert {"email", "sourcedId"} <= students[0].keys()
    categories = await provider.list(f"{GRADEBOOK}/classes/{taught}/categories", limit=10000)
    assert [each["title"] for each in categories] == ["Quizzes"]
    periods = await provider.list(f"/terms/{term}/gradingPeriods", limit=10000)
    assert {"sourcedId", "title", "startDate", "endDate", "schoolYear"} <= periods[0].keys()
    assert {each["type"] for each in periods} == {"gradingPeriod"}
    (item,) = await provider.list(f"{GRADEBOOK}/classes/{taught}/lineItems", limit=10000)
    results = await provider.list(f"{GRADEBOOK}/classes/{taught}/lineItems/{item['sourcedId']}/results", limit=10000)
    assert len(results) == 2
