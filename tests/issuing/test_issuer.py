"""A tenant as an issuer: keys made, published, rotated, revoked; and signatures made with them."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.credentials import jwt
from app.credentials.keys import SigningKey, did_key, from_multikey
from app.credentials.proof import check
from app.db.issuing import issued
from app.issuing import issuer as issuers
from tests.support.api import Api, bearer, problem_of
from tests.support.issuer import DID, credential

HOME = "http://127.0.0.1:8000/t/sample"


async def test_a_credential_is_signed_with_the_key_the_did_document_publishes(api: Api) -> None:
    headers = bearer(await api.key("credentials.sign"))
    answer = await api.http.post("/credentials/issue", json={"credential": credential()}, headers=headers)
    assert answer.status_code == 201, answer.text
    signed = answer.json()["verifiableCredential"]
    document = (await api.http.get("/t/sample/did.json")).json()
    assert document["id"] == DID
    method = next(m for m in document["verificationMethod"] if m["id"] == signed["proof"]["verificationMethod"])
    assert method["controller"] == DID
    assert method["id"] in document["assertionMethod"]
    check(signed, signed["proof"], from_multikey(method["publicKeyMultibase"]))


async def test_nothing_is_signed_in_another_name_or_with_terms_no_signature_covers(api: Api) -> None:
    headers = bearer(await api.key("credentials.sign"))
    for refused in (credential(issuer="did:example:other"), credential(unknownTerm="x"), {"issuer": {"id": DID}}):
        answer = await api.http.post("/credentials/issue", json={"credential": refused}, headers=headers)
        problem_of(answer, 400)


async def test_a_rotated_key_still_verifies_and_a_revoked_one_is_not_published(api: Api) -> None:
    service = api.app.state.service
    first = (await api.http.get("/t/sample/did.json")).json()["assertionMethod"]
    async with api.db.transaction(api.tenant) as tx:
        fresh = await issuers.rotate(tx, service.vault, "Ed25519")
    both = (await api.http.get("/t/sample/did.json")).json()["assertionMethod"]
    assert set(both) == {*first, f"{DID}#{fresh}"}
    signed = (
        await api.http.post(
            "/credentials/issue", json={"credential": credential()}, headers=bearer(await api.key("credentials.sign"))
        )
    ).json()["verifiableCredential"]
    assert signed["proof"]["verificationMethod"] == f"{DID}#{fresh}"
    (old,) = (method.partition("#")[2] for method in first)
    async with api.db.transaction(api.tenant) as tx:
        assert await issued.revoke_key(tx, old)
    assert (await api.http.get("/t/sample/did.json")).json()["assertionMethod"] == [f"{DID}#{fresh}"]
    problem_of(await api.http.get(f"/t/sample/keys/{old}"), 404)
    (listed,) = (await api.http.get("/t/sample/jwks.json")).json()["keys"]
    assert listed["kid"] == f"{DID}#{fresh}"
    assert (await api.http.get(f"/t/sample/keys/{fresh}")).json() == listed
    assert not {"d", "p", "q"} & listed.keys()


async def test_a_private_key_is_nowhere_in_the_clear_and_each_tenant_has_its_own(api: Api) -> None:
    service = api.app.state.service
    mine = (await api.http.get("/t/sample/did.json")).json()
    theirs = (await api.http.get("/t/other/did.json")).json()
    assert mine["verificationMethod"][0]["publicKeyMultibase"] != theirs["verificationMethod"][0]["publicKeyMultibase"]
    async with api.db.transaction(api.tenant) as tx:
        (row,) = await issued.keys(tx)
    assert row.sealed is not None
    private = service.vault.open(api.tenant, row.sealed)
    assert b'"d"' in private
    assert private not in row.sealed
    problem_of(await api.http.get("/t/nobody/did.json"), 404)


@pytest.mark.parametrize("options", [{}, {"format": "vc+jwt"}, {"format": "vc+jwt", "algorithm": "RS256"}])
async def test_what_is_signed_verifies_without_any_network_and_what_was_changed_does_not(
    api: Api, options: dict[str, str]
) -> None:
    headers = bearer(await api.key("credentials.sign", "credentials.verify"))
    body = {"credential": credential(name="Robotics 1"), "options": options}
    signed = (await api.http.post("/credentials/issue", json=body, headers=headers)).json()["verifiableCredential"]
    answer = await api.http.post("/credentials/verify", json={"verifiableCredential": signed}, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["verified"] is True
    if isinstance(signed, dict):
        changed: Any = {**signed, "name": "Robotics 2"}
    else:
        header, _, signature = signed.split(".")
        other = jwt.sign(credential(name="Robotics 2"), SigningKey(f"{DID}#x", Ed25519PrivateKey.generate())).split(".")
        changed = f"{header}.{other[1]}.{signature}"
    refused = await api.http.post("/credentials/verify", json={"verifiableCredential": changed}, headers=headers)
    assert refused.status_code == 400
    assert refused.json()["verified"] is False
    assert refused.json()["errors"]


async def test_a_key_may_stand_for_itself_but_no_strangers_may(api: Api) -> None:
    headers = bearer(await api.key("credentials.sign"))
    (method,) = (await api.http.get("/t/sample/did.json")).json()["verificationMethod"]
    own = f"did:key:{method['publicKeyMultibase']}"
    answer = await api.http.post("/credentials/issue", json={"credential": credential(issuer=own)}, headers=headers)
    assert answer.status_code == 201, answer.text
    signed = answer.json()["verifiableCredential"]
    assert signed["proof"]["verificationMethod"] == f"{own}#{method['publicKeyMultibase']}"
    check(signed, signed["proof"], from_multikey(method["publicKeyMultibase"]))
    other = credential(issuer=did_key(Ed25519PrivateKey.generate().public_key()))
    problem_of(await api.http.post("/credentials/issue", json={"credential": other}, headers=headers), 400)


async def test_a_credential_of_the_older_data_model_gets_the_words_its_proof_uses(api: Api) -> None:
    headers = bearer(await api.key("credentials.sign", "credentials.verify"))
    old = {"@context": ["https://www.w3.org/2018/credentials/v1"], "issuanceDate": "2026-09-01T08:00:00Z"}
    answer = await api.http.post("/credentials/issue", json={"credential": credential(**old)}, headers=headers)
    assert answer.status_code == 201, answer.text
    signed = answer.json()["verifiableCredential"]
    assert signed["@context"] == [*old["@context"], "https://w3id.org/security/data-integrity/v2"]
    verification = await api.http.post("/credentials/verify", json={"verifiableCredential": signed}, headers=headers)
    assert verification.json()["verified"] is True


async def test_json_in_a_text_and_an_address_are_no_credentials_on_the_wire(api: Api) -> None:
    headers = bearer(await api.key("credentials.sign", "credentials.verify"))
    answer = await api.http.post("/credentials/issue", json={"credential": credential()}, headers=headers)
    signed = answer.json()["verifiableCredential"]
    for text in (json.dumps(signed), "https://internal.example/badge", ""):
        for path, name in (("credentials", "verifiableCredential"), ("presentations", "verifiablePresentation")):
            problem_of(await api.http.post(f"/{path}/verify", json={name: text}, headers=headers), 422)
