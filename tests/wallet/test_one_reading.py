"""What is verified is what the record shows: nothing good may be carried in something else, and vouch for that."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.credentials import jwt
from app.credentials.keys import SigningKey, did_key, did_key_method
from app.credentials.proof import sign
from app.records.settle import settle
from app.wallet.received import verify_received
from tests.support.api import Api, bearer
from tests.support.credential_samples import CREATED
from tests.support.received import ENVELOPE, badge, called, know, nowhere
from tests.support.wallet import BADGE

GOOD, FORGER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
SIGNER = SigningKey(did_key_method(GOOD.public_key()), GOOD)
TOKEN = jwt.sign({**BADGE, "issuer": {**BADGE["issuer"], "id": did_key(GOOD.public_key())}}, SIGNER)
FORGED: dict[str, Any] = {
    **BADGE,
    "issuer": {**BADGE["issuer"], "id": did_key(GOOD.public_key())},
    "name": "PhD in Physics",
    "credentialSubject": called("PhD in Physics"),
}
PARTS = dict(zip(("protected", "payload", "signature"), TOKEN.split("."), strict=True))


def presented() -> dict[str, Any]:
    """A presentation, signed by whoever made it, that calls itself a badge as well."""
    presentation = FORGED | {
        "type": ["VerifiablePresentation", "VerifiableCredential", "OpenBadgeCredential"],
        "holder": did_key(FORGER.public_key()),
        "verifiableCredential": [badge(GOOD)],
    }
    forger = SigningKey(did_key_method(FORGER.public_key()), FORGER)
    return sign(presentation, forger, CREATED, proofPurpose="authentication")


CARRIERS = {
    "a JWS in JSON": FORGED | PARTS,
    "an envelope": FORGED
    | {"type": [*FORGED["type"], "EnvelopedVerifiableCredential"], "id": f"data:application/vc+jwt,{TOKEN}"},
    "a presentation": presented(),
}


@pytest.mark.parametrize("how", CARRIERS)
async def test_a_good_badge_inside_vouches_for_nothing_around_it(api: Api, how: str) -> None:
    await know(api, GOOD)
    headers = bearer(await api.key(source=await api.source("open_badges", "badges")))
    body = json.dumps({**ENVELOPE, "credential": CARRIERS[how]})
    answer = await api.http.post("/v1/badges", content=body, headers=headers | {"content-type": "application/json"})
    assert answer.status_code == 201, answer.text
    await settle(api.db, api.tenant)
    await verify_received(api.db, api.tenant, nowhere)
    await settle(api.db, api.tenant)
    answer = await api.http.get("/v1/learners", params={"identifier": "district:100482"}, headers=headers)
    (learner,) = answer.json()["learners"]
    record = (await api.http.get(f"/v1/learners/{learner['id']}/record/full", headers=headers)).json()
    verifications = {credential["name"]: credential["verification"] for credential in record["credentials"]}
    assert verifications == {"PhD in Physics": "failed"}
