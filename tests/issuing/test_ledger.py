"""What is signed for a client (VC-API) is in the ledger like all that is issued: it can be seen, and taken back."""

from typing import Any

import pytest

from app.programs import programs
from tests.support.api import Api, bearer, problem_of
from tests.support.issuer import DID, credential
from tests.support.programs import club

SCOPES = ("credentials.sign", "credentials.verify", "credentials.issue", "credentials.read")
STATUS = {"credentialStatus": {"type": "BitstringStatusListEntry", "statusPurpose": "revocation"}}


async def issue(api: Api, headers: dict[str, str], document: dict[str, Any], **options: Any) -> Any:
    body = {"credential": document, "options": options}
    return await api.http.post("/credentials/issue", json=body, headers=headers)


async def verified(api: Api, headers: dict[str, str], signed: Any) -> dict[str, Any]:
    answer = await api.http.post("/credentials/verify", json={"verifiableCredential": signed}, headers=headers)
    return dict(answer.json())


async def test_what_was_signed_can_be_seen_and_revoked(api: Api) -> None:
    headers = bearer(await api.key(*SCOPES))
    for options in (STATUS, {**STATUS, "format": "vc+jwt"}):
        answer = await issue(api, headers, credential(name="Robotics"), **options)
        assert answer.status_code == 201, answer.text
        signed = answer.json()["verifiableCredential"]
        assert (await verified(api, headers, signed))["verified"] is True
        body = (await api.http.get(answer.headers["location"], headers=headers)).json()
        assert (body["name"], body["state"]) == ("Robotics", "active")
        id_ = f"urn:uuid:{body['id']}"
        revocation = {"credentialId": id_, "credentialStatus": [{"type": "BitstringStatusListEntry", "status": "1"}]}
        changed = await api.http.post("/credentials/status", json=revocation, headers=headers)
        assert changed.json() == {"credentialIds": [body["id"]]}
        result = await verified(api, headers, signed)
        assert result["verified"] is False
        assert any("revoked" in words for words in result["errors"])
        problem_of(await api.http.post("/credentials/status", json=revocation, headers=headers), 409)
    unknown = {"credentialId": "urn:uuid:none", "credentialStatus": {}}
    problem_of(await api.http.post("/credentials/status", json=unknown, headers=headers), 404)


async def test_without_a_status_it_is_signed_as_it_is_and_kept(api: Api) -> None:
    headers = bearer(await api.key(*SCOPES))
    answer = await issue(api, headers, credential(id="urn:example:1"))
    signed = answer.json()["verifiableCredential"]
    assert {name: value for name, value in signed.items() if name != "proof"} == credential(id="urn:example:1")
    body = (await api.http.get(answer.headers["location"], headers=headers)).json()
    assert body["kind"] == "VerifiableCredential"
    revocation = {"credentialId": "urn:example:1", "credentialStatus": {"statusPurpose": "revocation"}}
    assert (await api.http.post("/credentials/status", json=revocation, headers=headers)).status_code == 200


async def test_nobody_is_signed_for_under_anothers_name(api: Api) -> None:
    headers = bearer(await api.key(*SCOPES))
    (method,) = (await api.http.get("/t/sample/did.json")).json()["verificationMethod"]
    for id_ in (DID, f"did:key:{method['publicKeyMultibase']}"):
        issuer = {"id": id_, "name": "Old Ivy University", "url": "https://www.oldivy.example"}
        context = ["https://www.w3.org/ns/credentials/v2", {"url": {"@id": "https://schema.org/url", "@type": "@id"}}]
        answer = await issue(api, headers, credential(**{"issuer": issuer, "@context": context}))
        assert answer.status_code == 201, answer.text
        signed = answer.json()["verifiableCredential"]["issuer"]
        assert signed == {"id": id_, "name": "Sample District", "url": "http://127.0.0.1:8000/t/sample"}
        assert (await verified(api, headers, answer.json()["verifiableCredential"]))["verified"] is True


async def test_a_place_on_our_lists_is_given_by_us_alone(api: Api) -> None:
    headers = bearer(await api.key(*SCOPES))
    first = (await issue(api, headers, credential(), **STATUS)).json()["verifiableCredential"]
    for taken in (first["credentialStatus"], [first["credentialStatus"]]):
        problem_of(await issue(api, headers, credential(credentialStatus=taken)), 400)
    other = first["credentialStatus"] | {"statusListCredential": "http://127.0.0.1:8000/t/other/status/1"}
    problem_of(await issue(api, headers, credential(credentialStatus=other)), 400)
    list_ = first["credentialStatus"]["statusListCredential"]
    for spelling in (
        [list_],
        {"id": list_},
        [{"@id": [list_]}],
        list_.replace("http:", "https:"),
        list_.replace("http://", "HTTP://somebody@"),
        list_.replace("127.0.0.1", "127.0.0.1."),
        list_.replace("/t/", "//t/"),
        list_.replace("/t/", "/./t/"),
        list_.replace("/t/", "/%74/"),
        f" {list_}",
    ):
        entry = first["credentialStatus"] | {"id": "urn:example:entry", "statusListCredential": spelling}
        for more in ({}, {"format": "vc+jwt"}):
            words = problem_of(await issue(api, headers, credential(credentialStatus=entry), **more), 400)["detail"]
            assert "our own lists" in words or "absolute IRI" in words, words
    elsewhere = {"id": "https://status.example/1#1", "type": "BitstringStatusListEntry", "statusPurpose": "revocation"}
    elsewhere |= {"statusListIndex": "1", "statusListCredential": "https://status.example/1"}
    both = (await issue(api, headers, credential(credentialStatus=elsewhere), **STATUS)).json()["verifiableCredential"]
    assert both["credentialStatus"][0] == elsewhere
    assert both["credentialStatus"][1]["statusListIndex"] != first["credentialStatus"]["statusListIndex"]


async def test_the_learner_whom_it_is_about_sees_it(api: Api) -> None:
    headers = await api.pusher()
    learner = await api.learner(headers)
    signer = bearer(await api.key(*SCOPES))
    answer = await issue(api, signer, credential(name="Robotics"), learner=learner, **STATUS)
    assert answer.status_code == 201, answer.text
    credentials = (await api.http.get(f"/v1/learners/{learner}/credentials", headers=signer)).json()["credentials"]
    assert [(credential["name"], credential["way"]) for credential in credentials] == [("Robotics", "issued")]
    nobody = "00000000-0000-4000-8000-000000000000"
    problem_of(await issue(api, signer, credential(), learner=nobody), 404)


@pytest.mark.parametrize("signs", ["program", "district"])
async def test_a_program_is_named_as_issuer_where_it_signs_in_its_own_name(api: Api, signs: Any) -> None:
    made = await club(api, signs=signs)
    async with api.db.transaction(api.tenant) as tx:
        source = (await programs.program_of(tx, made.program)).source_id
    own, others = f"{DID}:p:robotics-club", f"{DID}:p:chess-club"
    headers = bearer(await api.key(*SCOPES))
    speaker = bearer(await api.key(*SCOPES, source=source))
    stranger = bearer(await api.key(*SCOPES, source=await api.source("evidence", "another")))
    context = ["https://www.w3.org/ns/credentials/v2"]
    for who in (headers, speaker):
        unsigned = credential(**{"issuer": {"id": own, "name": "Old Ivy University"}, "@context": context})
        answer = await issue(api, who, unsigned, **STATUS)
        if signs == "district":
            problem_of(answer, 400)
            continue
        assert answer.status_code == 201, answer.text
        signed = answer.json()["verifiableCredential"]
        assert signed["issuer"] == {"id": own, "name": "Robotics Club"}
        assert "/p/robotics-club/status/" in signed["credentialStatus"]["statusListCredential"]
        assert (await verified(api, headers, signed))["verified"] is True
        revoked = await api.http.post(f"{answer.headers['location']}/state", json={"state": "revoked"}, headers=headers)
        assert revoked.is_success, revoked.text
        assert (await verified(api, headers, signed))["verified"] is False
    problem_of(await issue(api, stranger, credential(issuer=own)), 400)
    problem_of(await issue(api, headers, credential(issuer=others)), 400)


CONTEXT = "https://www.w3.org/ns/credentials/v2"
IVY = {"id": DID, "name": "Old Ivy University"}
OTHERS = {
    "under its whole address": {"issuer": {"id": DID, "https://schema.org/name": "Old Ivy University"}},
    "under a word of its own": {
        "issuer": {"id": DID, "title": "Old Ivy University"},
        "@context": [CONTEXT, {"title": "https://schema.org/name"}],
    },
    "in another credential": {"vc": credential(issuer=IVY)},
    "in another, with words of its own": {"vc": credential(issuer=IVY), "@context": [CONTEXT, {"@vocab": "urn:x:"}]},
    "as a claim": {"iss": "did:web:oldivy.example", "@context": [CONTEXT, {"@vocab": "urn:x:"}]},
}


@pytest.mark.parametrize("how", OTHERS)
async def test_no_token_says_a_name_beside_its_credential(api: Api, how: str) -> None:
    """Readers of the data model 1.1 look under `vc`, those of JSON-LD for what words mean."""
    headers = bearer(await api.key(*SCOPES))
    problem_of(await issue(api, headers, credential(**OTHERS[how]), format="vc+jwt"), 400)
