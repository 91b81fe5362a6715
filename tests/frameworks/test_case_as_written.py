"""CASE as the world writes it: identifiers of any version, two spellings, grades in words, any spreadsheet."""

import json
from typing import Any

import pytest

from tests.support.api import Api
from tests.support.naming import import_, mastered, shows

DOCUMENT, DOMAIN, SKILL = (f"0198c5a0-{n}111-7abc-8def-00000000000{n}" for n in range(3))
BASE = "https://case.example.org/ims/case/v1p0"


def link(kind: str, identifier: str) -> dict[str, str]:
    return {"title": identifier, "identifier": identifier, "uri": f"{BASE}/{kind}/{identifier}"}


def package(document: str = DOCUMENT, domain: str = DOMAIN, skill: str = SKILL, **more: Any) -> dict[str, Any]:
    """A domain above a standard, by these identifiers."""
    items = [
        {**link("CFItems", domain), "fullStatement": "Ratios", "humanCodingScheme": "V.0", "CFItemType": "Domain"},
        {**link("CFItems", skill), "fullStatement": "Reads a ratio", "humanCodingScheme": "V.1", **more},
    ]
    ends = [("0a", skill, ("CFItems", domain)), ("0b", domain, ("CFDocuments", document))]
    associations = [
        {
            "identifier": f"{n}000000-0000-4000-8000-000000000000",
            "uri": f"https://case.example.org/a/{n}",
            "associationType": "isChildOf",
            "originNodeURI": link("CFItems", child),
            "destinationNodeURI": link(*parent),
        }
        for n, child, parent in ends
    ]
    named = {**link("CFDocuments", document), "title": "Seven", "creator": "Sample State"}
    return {"CFDocument": named, "CFItems": items, "CFAssociations": associations}


@pytest.mark.parametrize(
    "names",
    [(DOCUMENT, DOMAIN, SKILL), (DOCUMENT.upper(), DOMAIN.upper(), SKILL.upper()), ("doc-1", "domain-1", "skill-1")],
)
async def test_items_and_what_leads_to_them_have_the_same_names(api: Api, names: tuple[str, str, str]) -> None:
    headers = await api.pusher()
    done = await import_(api, headers, package(*names))
    served = (await api.http.get(f"/ims/case/v1p1/CFPackages/{done['id']}", headers=headers)).json()
    domain, skill = (item["identifier"] for item in served["CFItems"])
    ends = [(a["originNodeURI"]["identifier"], a["destinationNodeURI"]["identifier"]) for a in served["CFAssociations"]]
    assert ends == [(skill, domain), (domain, served["CFDocument"]["identifier"])]
    if names[0] == DOCUMENT:
        assert (domain, skill) == (DOMAIN, SKILL), "a UUID of any version is served as it was received"
    for written in (skill, skill.upper()):
        assert (await api.http.get(f"/ims/case/v1p1/CFItems/{written}", headers=headers)).status_code == 200
    url = f"{BASE}/CFItems/{names[2]}"
    learner = await shows(api, headers, "v-1", type="CFItem", url=url)
    assert await mastered(api, headers, learner) == ["V.1"]
    profile = await api.http.get(f"/v1/learners/{learner}/profile", headers=headers)
    assert [part["domain"] for part in profile.json()["domains"]] == ["Ratios"]


async def test_what_is_served_as_1_0_has_no_field_of_1_1(api: Api) -> None:
    headers = await api.pusher()
    made = package(educationalLevel=["K", "Grade 1"], subject=["Mathematics"])
    made["CFAssociations"][0] |= {"notes": "why"}
    done = await import_(api, headers, made | {"extensions": {"a": 1}})
    new, old = [
        (await api.http.get(f"/ims/case/{version}/CFPackages/{done['id']}", headers=headers)).json()
        for version in ("v1p1", "v1p0")
    ]
    assert new["CFItems"][1]["educationLevel"] == old["CFItems"][1]["educationLevel"] == ["K", "Grade 1"]
    assert "subject" in new["CFItems"][1]
    assert not {"subject", "notes", "extensions", "caseVersion", "targetType"} & {*json.dumps(old).split('"')}
    documents = await api.http.get("/ims/case/v1p0/CFDocuments", params={"limit": "1"}, headers=headers)
    assert documents.headers["x-total-count"] == "1"
    assert "/ims/case/v1p0/CFDocuments?" in documents.headers["link"]
    lost = await api.http.get(f"/ims/case/v1p0/CFItems/{SKILL[:-1]}9", headers=headers)
    assert (lost.status_code, lost.json()["imsx_codeMajor"]) == (404, "failure")


async def written(api: Api, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    response = await api.http.post(
        "/v1/frameworks/csv", params={"title": "Excel", "creator": "Sample"}, content=body, headers=headers
    )
    assert response.status_code == 200, response.text
    package = await api.http.get(f"/ims/case/v1p1/CFPackages/{response.json()['id']}", headers=headers)
    published: dict[str, Any] = package.json()
    return published


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
async def test_what_a_spreadsheet_saves_is_read(api: Api, encoding: str, delimiter: str) -> None:
    rows = [["Code", "STATEMENT", "Grades", "After"], ["D.1", "Se présente", '"4,6"', ""], ["D.2", "zwei", "K", "D.1"]]
    body = "\r\n".join(delimiter.join(row) for row in rows).encode(encoding)
    items = (await written(api, await api.pusher(), body))["CFItems"]
    assert [item["fullStatement"] for item in items] == ["Se présente", "zwei"]
    assert [item["educationLevel"] for item in items] == [["04", "06"], ["KG"]]


async def test_grades_are_found_however_they_are_written(api: Api) -> None:
    headers = await api.pusher()
    done = await written(api, headers, b"code,statement,grades\nG.1,one,4\nG.2,two,K\nG.3,three,6-8\n")
    learner = await shows(api, headers, "g-1", code="none")
    framework = done["CFDocument"]["identifier"]
    for grade, codes in {"04": ["G.1"], "4": ["G.1"], "Kindergarten": ["G.2"], "07": ["G.3"]}.items():
        query = {"framework": framework, "grade": grade}
        gaps = (await api.http.get(f"/v1/learners/{learner}/gaps", params=query, headers=headers)).json()
        assert [gap["code"] for gap in gaps] == codes, grade


async def test_what_is_no_grade_is_refused_with_its_line(api: Api) -> None:
    response = await api.http.post(
        "/v1/frameworks/csv",
        params={"title": "Excel", "creator": "Sample"},
        content=b"code,statement,grades\nG.1,one,4\nG.2,two,Tuesday\n",
        headers=await api.pusher(),
    )
    assert (response.status_code, "line 3: 'Tuesday' is no grade" in response.json()["detail"]) == (422, True)


@pytest.mark.parametrize("first", ["sep=;\r\n", "\ufeffsep=;\n", "SEP=;\r\n", "\n"])
async def test_the_line_that_tells_excel_what_separates_is_no_heading(api: Api, first: str) -> None:
    headers = await api.pusher()
    done = await written(api, headers, f"{first}\u200bcode;statement;grades\nG.1;one;1-2\n".encode())
    assert [item["educationLevel"] for item in done["CFItems"]] == [["01", "02"]]
