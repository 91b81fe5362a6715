"""A vendor's sandbox, made in one call; its magic ids; and `tessera conform`, as a vendor's CI runs it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest

from tests.support.commands import Tessera
from tests.support.served import served

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]
STATUSES = (400, 401, 403, 409, 413, 415, 422, 429, 500, 503)


@pytest.fixture
def sandbox(tessera: Tessera) -> dict[str, Any]:
    """A sandbox, as its one call tells of it."""
    result = tessera("sandbox", "add", "Acme Reading!", "--json")
    assert result.code == 0, result.plain
    made: dict[str, Any] = json.loads(result.out)
    return made


@pytest.fixture
def url(sandbox: dict[str, Any], environment: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """The service, with its jobs."""
    with served(tmp_path, **environment) as service:
        service.start()
        yield service.url
        assert service.stop() == 0


def item(sandbox: dict[str, Any], key: str = "essay-1", learner: int = 0, **fields: Any) -> dict[str, Any]:
    number, name = sandbox["learners"][learner]["number"], sandbox["learners"][learner]["name"]
    return {
        "id": key,
        "learner": {"identifiers": [{"type": "district", "value": number}], "name": {"full": name}},
        "name": "Essay",
        "occurredAt": "2026-10-01T10:00:00Z",
        **fields,
    }


def test_a_sandbox_is_a_tenant_of_its_own_whose_keys_are_for_tests(tessera: Tessera, sandbox: dict[str, Any]) -> None:
    assert sandbox["tenant"] == "sandbox-acme-reading"
    assert sandbox["keys"].keys() == {"evidence", "badges", "statements", "reader"}
    assert all(re.fullmatch("tst_[0-9a-f]{64}", key) for key in sandbox["keys"].values())
    assert "there is a tenant" in tessera("sandbox", "add", "Acme reading").plain
    assert tessera("sandbox", "add", "!?").code == 1
    assert tessera("tenant", "add", "lake", "Lake District").code == 0
    of = ("--tenant", "sandbox-acme-reading", "--scope", "learners.read")
    assert "tst_" in tessera("client", "add", "Another", *of).out
    assert "tsk_" in tessera("client", "add", "Real", "--tenant", "lake", "--scope", "learners.read").out
    result = tessera("sandbox", "add", "Beta")
    assert result.code == 0
    assert result.out.count("tst_") == 4


def test_a_magic_id_provokes_the_error_that_it_names(sandbox: dict[str, Any], url: str, tessera: Tessera) -> None:
    for name, path in sandbox["paths"].items():
        headers = {"Authorization": f"Bearer {sandbox['keys'][name]}"}
        magic = "00000000-0000-4000-8000-000000000{}" if name == "statements" else "test-{}"
        for status in STATUSES:
            answer = httpx.post(url + path, headers=headers, json=[{"id": magic.format(status)}])
            assert answer.status_code == status, (name, answer.text)
            assert answer.json()["type"].startswith("urn:tessera:problem:")
            assert ("retry-after" in answer.headers) == (status in (429, 503))
    headers = {"Authorization": f"Bearer {sandbox['keys']['evidence']}"}
    token = httpx.post(url + "/v1/evidence", headers=headers, json=item(sandbox, "test-418"))
    assert token.status_code == 201, "no status that a push is answered with: an id as any other"
    assert tessera("tenant", "add", "lake", "Lake District").code == 0
    assert tessera("source", "add", "evidence", "--tenant", "lake").code == 0
    result = tessera("client", "add", "Acme", "--tenant", "lake", "--source", "evidence", "--scope", "evidence.write")
    [live] = re.findall("tsk_[0-9a-f]{64}", result.out)
    headers = {"Authorization": f"Bearer {live}"}
    answer = httpx.post(url + "/v1/evidence", headers=headers, json=item(sandbox, "test-503"))
    assert answer.status_code == 201, "a district's key is never for tests"


def test_what_conforms_passes_and_what_does_not_is_told_by_item(
    sandbox: dict[str, Any], url: str, tessera: Tessera, tmp_path: Path
) -> None:
    key, file, report = sandbox["keys"]["evidence"], tmp_path / "items.json", tmp_path / "report.xml"
    of = ("conform", str(file), "--url", url, "--key")
    file.write_text(json.dumps([item(sandbox), item(sandbox, "essay-2", 1)]))
    for _ in range(2):  # a CI runs again and again
        result = tessera(*of, key, "--junit", str(report))
        assert result.code == 0, result.plain
        assert "✗" not in result.out
    assert ET.parse(report).getroot().attrib["failures"] == "0"
    strange = {"identifiers": [{"type": "district", "value": "9999999"}], "name": {"full": "Nobody Known"}}
    another = {**item(sandbox)["learner"], "name": {"full": "Somebody Else"}, "birthDate": "1999-01-01"}
    wrong = [
        item(sandbox, "typo", occuredAt="2026-10-01"),
        item(sandbox, "stranger", learner=0) | {"learner": strange},
        item(sandbox, "another") | {"learner": another},
        {**item(sandbox), "id": None},
        item(sandbox, "twice"),
        item(sandbox, "twice", name="Another essay"),
        {"id": "empty"},
    ]
    file.write_text("\n".join(json.dumps(each) for each in wrong))
    result = tessera(*of, key, "--json", "--junit", str(report))
    assert result.code == 1
    findings = {finding["check"]: " ".join(finding["wrong"]) for finding in json.loads(result.out)}
    assert "item 3" in findings["every item has an id of its own"]
    assert "twice" in findings["every item has an id of its own"]
    assert "empty" in findings["every item is taken in"]
    assert "occurredAt" in findings["every field is known"]
    assert "twice" in findings["what is sent again changes nothing"]
    assert "stranger: the sandbox knows nobody" in findings["every item is a learner's of the sandbox"]
    assert "another: the sandbox knows another" in findings["every item is a learner's of the sandbox"]
    assert findings["an item can be taken back"] == ""
    assert int(ET.parse(report).getroot().attrib["failures"]) == sum(map(bool, findings.values()))
    assert "a district's" in tessera(*of, "tsk_" + "0" * 64).plain
    assert "401" in tessera(*of, "tst_" + "0" * 64).plain
    assert "does not answer" in tessera("conform", str(file), "--url", "http://127.0.0.1:9", "--key", key).plain
    file.write_text("[]")
    assert "holds no items" in tessera(*of, key).plain
