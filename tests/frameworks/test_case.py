"""The CASE 1.1 provider: every answer as the official document has it, for every framework held."""

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from jsonschema import Draft202012Validator

from app.access.clients import create_client
from app.db.access import tenants
from tests.conftest import TestDatabase
from tests.support.case_app import BASE, Provider, packages, provider
from tests.support.contract import complaints
from tests.support.frameworks import as_one_point_zero, full, ident

OPERATIONS = (
    "CFDocuments",
    "CFPackages",
    "CFItems",
    "CFItemAssociations",
    "CFAssociations",
    "CFItemTypes",
    "CFSubjects",
    "CFConcepts",
    "CFLicenses",
    "CFAssociationGroupings",
    "CFRubrics",
)


@pytest.fixture
async def case(database: TestDatabase) -> AsyncIterator[Provider]:
    async with provider(database.service_url) as made:
        yield made


class Official:
    """The official OpenAPI document, and what it says of an answer."""

    def __init__(self, shared: Path) -> None:
        self.path = shared / "data/case/imscasev1p1_openapi3_v1p0.json"
        self.document = json.loads(self.path.read_text())

    def complaints(self, path: str, response: httpx.Response) -> list[str]:
        """What is wrong with an answer."""
        operation = path if path == "/CFDocuments" else f"/{path.split('/')[1]}/{{sourcedId}}"
        responses = self.document["paths"][operation]["get"]["responses"]
        schema = responses[str(response.status_code)]["content"]["application/json"]["schema"]
        checks = Draft202012Validator({**schema, "components": self.document["components"]})
        return [error.message for error in checks.iter_errors(response.json())]


@pytest.fixture
def official(shared: Path) -> Official:
    return Official(shared)


def objects(package: Mapping[str, Any]) -> list[str]:
    """The path of every object of a package."""
    document = package["CFDocument"]["identifier"]
    paths = [f"/CFDocuments/{document}", f"/CFPackages/{document}"]
    for item in package["CFItems"]:
        paths += [f"/CFItems/{item['identifier']}", f"/CFItemAssociations/{item['identifier']}"]
    paths += [f"/CFAssociations/{a['identifier']}" for a in package["CFAssociations"]]
    for kind, definitions in package.get("CFDefinitions", {}).items():
        paths += [f"/{kind}/{definition['identifier']}" for definition in definitions if kind != "extensions"]
    return paths + [f"/CFRubrics/{rubric['identifier']}" for rubric in package.get("CFRubrics", ())]


@pytest.mark.parametrize("sample", [full, as_one_point_zero])
async def test_every_object_is_served_as_the_document_has_it(case: Provider, official: Official, sample: Any) -> None:
    await case.take(json.dumps(sample()).encode())
    async with case.client() as client:
        served = (await client.get(f"/CFPackages/{ident('Maker Profile')}")).json()
        paths = objects(served)
        assert {path.split("/")[1] for path in paths} == set(OPERATIONS)
        for path in ["/CFDocuments", *paths]:
            answer = await client.get(path)
            assert (answer.status_code, official.complaints(path, answer)) == (200, []), path


async def test_a_package_goes_in_and_out_equal(case: Provider) -> None:
    done = await case.take(json.dumps(full()).encode())
    assert (done.state, done.items, done.associations, done.findings) == ("new", 2, 3, [])
    assert (await case.take(json.dumps(full()).encode())).state == "unchanged"
    async with case.client() as client:
        assert (await client.get(f"/CFPackages/{ident('Maker Profile')}")).json() == full()
        document = (await client.get(f"/CFDocuments/{ident('Maker Profile')}")).json()
        assert document.pop("CFPackageURI")["uri"].endswith(f"/CFPackages/{ident('Maker Profile')}")
        assert document == full()["CFDocument"]


async def test_every_real_package_goes_in_and_out_equal(case: Provider, shared: Path) -> None:
    from app.frameworks.case.package import unpack

    async with case.client() as client:
        for path in packages(shared):
            done = await case.take(path.read_bytes())
            answer = await client.get(f"/CFPackages/{done.id}")
            assert answer.json() == msgspec.json.decode(unpack(path.read_bytes())), path


async def test_sets_hold_the_object_and_those_below_it(case: Provider) -> None:
    await case.take(json.dumps(full()).encode())
    async with case.client() as client:
        concepts = (await client.get(f"/CFConcepts/{ident('Design')}")).json()["CFConcepts"]
        assert [concept["title"] for concept in concepts] == ["Design", "Sketch"]
        concepts = (await client.get(f"/CFConcepts/{ident('Sketch')}")).json()["CFConcepts"]
        assert [concept["title"] for concept in concepts] == ["Sketch"]


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_what_is_not_there_and_what_is_no_uuid(case: Provider, official: Official, operation: str) -> None:
    async with case.client() as client:
        for name, minor in ((ident("nobody"), "unknownobject"), ("not-a-uuid", "invalid_uuid")):
            answer = await client.get(f"/{operation}/{name}")
            assert (answer.status_code, official.complaints(f"/{operation}/x", answer)) == (404, [])
            [field] = answer.json()["imsx_codeMinor"]["imsx_codeMinorField"]
            assert field["imsx_codeMinorFieldValue"] == minor


async def test_without_a_key_and_without_the_scope(case: Provider, official: Official) -> None:
    async with case.db.transaction(case.tenant) as tx:
        _, key = await create_client(tx, "other", ["learners.read"], None)
    async with case.client("tsk_" + "0" * 64) as stranger, case.client(key.text) as narrow:
        for client, status in ((stranger, 401), (narrow, 403)):
            answer = await client.get("/CFDocuments")
            assert (answer.status_code, official.complaints("/CFDocuments", answer)) == (status, [])


async def test_another_tenant_sees_nothing(case: Provider) -> None:
    await case.take(json.dumps(full()).encode())
    other = await tenants.add(case.db, "other", "Other")
    async with case.db.transaction(other.id) as tx:
        _, key = await create_client(tx, "reader", ["frameworks.read"], None)
    async with case.client(key.text) as client:
        for path in ["/CFDocuments", *objects(full())]:
            assert (await client.get(path)).status_code == 404, path


async def three(case: Provider) -> None:
    for title, subject in (("Álgebra", ["Math"]), ("zoology", ["Science", "Life"]), ("Botany", ["Science"])):
        package = full()
        package["CFDocument"] |= {"title": title, "subject": subject, "identifier": ident(title)}
        await case.take(json.dumps(package).encode())


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ({"sort": "title"}, ["Álgebra", "Botany", "zoology"]),
        ({"sort": "title", "orderBy": "desc"}, ["zoology", "Botany", "Álgebra"]),
        ({"sort": "nosuch"}, ["Álgebra", "Botany", "zoology"]),
        ({"filter": "title='BOTANY'"}, ["Botany"]),
        ({"filter": "title~'o' AND subject~'life'"}, ["zoology"]),
        ({"filter": "title='zoology' OR title='botany'"}, ["Botany", "zoology"]),
        ({"filter": "subject='Science'"}, ["Botany"]),
        ({"filter": "subject~'Math,Life'"}, ["Álgebra", "zoology"]),
        ({"filter": "subject!='Science'"}, ["Álgebra", "zoology"]),
        ({"filter": "lastChangeDateTime>='2026-08-01' AND version<'3'"}, ["Álgebra", "Botany", "zoology"]),
        ({"filter": "licenseURI.title='cc by'"}, ["Álgebra", "Botany", "zoology"]),
        ({"limit": "1", "offset": "1"}, ["Botany"]),
    ],
)
async def test_sort_filter_and_page(
    case: Provider, official: Official, query: dict[str, str], titles: list[str]
) -> None:
    await three(case)
    async with case.client() as client:
        answer = await client.get("/CFDocuments", params=query)
    assert (answer.status_code, official.complaints("/CFDocuments", answer)) == (200, [])
    assert [document["title"] for document in answer.json()["CFDocuments"]] == titles


async def test_paging_headers(case: Provider) -> None:
    await three(case)
    async with case.client() as client:
        answer = await client.get("/CFDocuments", params={"limit": 1, "offset": 1, "filter": "title~'o'"})
    assert answer.headers["x-total-count"] == "2"
    links = {rel: str(link["url"]) for rel, link in answer.links.items()}
    listing = f"{BASE}/CFDocuments?filter=title~%27o%27&limit=1"
    assert {rel: url.replace("title%7E", "title~") for rel, url in links.items()} == {
        "first": f"{listing}&offset=0",
        "last": f"{listing}&offset=1",
        "prev": f"{listing}&offset=0",
    }


@pytest.mark.parametrize("fields", ["title,identifier", ["title", "identifier"]])
async def test_fields(case: Provider, fields: Any) -> None:
    await three(case)
    async with case.client() as client:
        chosen = (await client.get("/CFDocuments", params={"fields": fields})).json()["CFDocuments"]
        everything = (await client.get("/CFDocuments", params={"fields": "title,nosuch"})).json()["CFDocuments"]
    assert {*chosen[0]} == {"title", "identifier"}
    assert "creator" in everything[0]


@pytest.mark.parametrize(
    "query",
    [
        {"fields": ""},
        {"fields": "title,,creator"},
        {"filter": "title=Botany"},
        {"filter": "nosuch='x'"},
        {"filter": "title='a' AND title='b' AND title='c'"},
        {"orderBy": "up"},
        {"limit": "0"},
        {"limit": "x"},
        {"limit": "99999999999"},
        {"offset": "-1"},
    ],
)
async def test_what_cannot_be_asked(case: Provider, official: Official, query: dict[str, str]) -> None:
    await three(case)
    async with case.client() as client:
        answer = await client.get("/CFDocuments", params=query)
    assert (answer.status_code, official.complaints("/CFDocuments", answer)) == (400, [])


async def test_nothing_found_is_no_empty_set(case: Provider, official: Official) -> None:
    async with case.client() as client:
        answer = await client.get("/CFDocuments")
    assert (answer.status_code, official.complaints("/CFDocuments", answer)) == (404, [])


FUZZ = """
[phases.stateful]
enabled = false  # the document's own links name path parameters it does not have

[checks.positive_data_acceptance]
# The document types `filter` and `fields` as any string; the binding's grammar (sections 3.3 and 3.4) refuses most.
expected-statuses = [200, 400, 404]
"""


@pytest.mark.enable_socket
async def test_schemathesis_finds_nothing(case: Provider, official: Official, tmp_path: Path) -> None:
    await case.take(json.dumps(full()).encode())
    document = tmp_path / "case.json"
    document.write_bytes(official.path.read_bytes())
    base = "/ims/case/v1p1"
    assert await complaints(case.app, document, base, case.key, config=FUZZ + _known(), examples=20) == ""


def _known() -> str:
    """One object of every kind that is there, so that more than 404 is answered."""
    known = {path.split("/")[1]: path.split("/")[2] for path in objects(full())}
    return "".join(
        f"""
[[operations]]
include-path = "/{kind}/{{sourcedId}}"
parameters = {{ "path.sourcedId" = "{identifier}" }}
"""
        for kind, identifier in known.items()
    )
