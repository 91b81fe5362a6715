"""A learner shows one grade without the rest: issued so, listed in parts, derived by the API, shared by a link."""

import json
from typing import Any
from uuid import UUID

from tests.support.api import Api, bearer, problem_of
from tests.support.issuing import badge, checked

SD, STORY = "ecdsa-sd-2023", "It followed the line for nine minutes."


async def parted(api: Api) -> tuple[dict[str, Any], str, dict[str, str], list[dict[str, Any]]]:
    """A badge that can be shown in parts, whose it is, and its parts."""
    headers = await api.pusher()
    learner = await api.learner(headers, description=STORY)
    issued = await badge(api, learner, headers, format=SD, hashedEmail=True)
    listed = await api.http.get(f"/v1/credentials/{issued['id']}/parts", headers=headers)
    assert listed.status_code == 200, listed.text
    return issued, learner, headers, listed.json()["parts"]


async def test_its_holder_has_the_whole_and_shows_a_part_by_the_api(api: Api) -> None:
    issued, _, headers, parts = await parted(api)
    assert parts, issued["document"]
    whole = issued["document"]
    assert (await checked(api, whole)).verdict == "unconfirmed"
    body = {"verifiableCredential": whole, "options": {"selectivePointers": [parts[0]["id"]]}}
    headers = bearer(await api.key("credentials.verify"))
    answer = await api.http.post("/credentials/derive", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    derived = answer.json()["verifiableCredential"]
    report = await checked(api, derived)
    assert report.verdict == "valid", report.as_json()
    assert len(json.dumps(derived)) < len(json.dumps(whole))
    body["options"] = {"selectivePointers": ["/nothing"]}
    problem_of(await api.http.post("/credentials/derive", json=body, headers=headers), 400)
    body["verifiableCredential"] = derived
    problem_of(await api.http.post("/credentials/derive", json=body, headers=headers), 400)


async def test_a_link_shows_the_parts_that_were_chosen(api: Api) -> None:
    issued, learner, headers, parts = await parted(api)
    assert STORY in json.dumps(issued["document"]["evidence"])
    chosen = [part["id"] for part in parts if not part["id"].startswith("/evidence")]
    pages = {}
    for name, selection in (("part", {issued["id"]: chosen}), ("whole", {}), ("least", {issued["id"]: []})):
        order = {"items": [issued["id"]], "purpose": "Academy", "parts": selection}
        answer = await api.http.post(f"/v1/learners/{learner}/shares", json=order, headers=headers)
        assert answer.status_code == 201, answer.text
        path = answer.json()["url"].removeprefix("http://127.0.0.1:8000")
        pages[name] = (await api.http.get(path)).text
        file = (await api.http.get(f"{path}/{issued['id']}.json")).json()
        report = await checked(api, file)
        assert report.verdict == "valid", report.as_json()
        assert ("evidence" in file) == (name == "whole")
        assert (await api.http.get(f"{path}/transcript.pdf")).status_code == 200
    assert len(pages["least"]) < len(pages["whole"])
    for wrong in ({issued["id"]: ["/evidence/9"]}, {str(UUID(int=7)): []}):
        order = {"items": [issued["id"]], "purpose": "Academy", "parts": wrong}
        problem_of(await api.http.post(f"/v1/learners/{learner}/shares", json=order, headers=headers), 422)


async def test_a_record_of_which_parts_are_shown(api: Api) -> None:
    headers = await api.pusher()
    learner = await api.learner(headers)
    order = {"kind": "ClrCredential", "items": ["/evidence/0"], "format": SD}
    answer = await api.http.post(f"/v1/learners/{learner}/credentials", json=order, headers=headers)
    assert answer.status_code == 201, answer.text
    (issued,) = answer.json()["credentials"]
    (part, *_) = (await api.http.get(f"/v1/credentials/{issued['id']}/parts", headers=headers)).json()["parts"]
    assert part["id"] == "/credentialSubject/verifiableCredential/0"
    body = {"verifiableCredential": issued["document"], "options": {"selectivePointers": [part["id"]]}}
    verifier = bearer(await api.key("credentials.verify"))
    derived = (await api.http.post("/credentials/derive", json=body, headers=verifier)).json()["verifiableCredential"]
    report = await checked(api, derived)
    assert (report.verdict, len(report.children)) == ("valid", 1), report.as_json()


async def test_vc_api_signs_so(api: Api) -> None:
    headers = bearer(await api.key("credentials.sign", "credentials.verify"))
    did = (await api.http.get("/t/sample/did.json")).json()["id"]
    credential = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential"],
        "issuer": did,
        "validFrom": "2026-09-01T08:00:00Z",
        "name": "Swimmer",
        "credentialSubject": {"id": "urn:uuid:5a6ad7d2-2c0e-4f37-9d0e-8f4b4a7b1c01"},
    }
    options = {"format": SD, "mandatoryPointers": ["/issuer", "/credentialSubject"]}
    answer = await api.http.post(
        "/credentials/issue", json={"credential": credential, "options": options}, headers=headers
    )
    assert answer.status_code == 201, answer.text
    signed = answer.json()["verifiableCredential"]
    derived = (
        await api.http.post("/credentials/derive", json={"verifiableCredential": signed}, headers=headers)
    ).json()["verifiableCredential"]
    assert "name" not in derived
    assert (await checked(api, derived)).verdict == "valid"
