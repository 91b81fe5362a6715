"""What is sensitive, in credentials: only where somebody who may see it has chosen it."""

import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.issuing.batch import issue_batch
from app.records.settle import settle
from app.wallet.received import verify_received
from tests.support.api import Api, bearer, problem_of
from tests.support.competencies import learner, piece  # noqa: F401  (learner is a fixture)
from tests.support.frameworks import ident
from tests.support.issuing import HEADERS
from tests.support.received import ENVELOPE, badge, know, nowhere
from tests.support.wallet import BADGE

SECRETS = ("P.1", "Piece 5", ident("P.1"))


async def awardable(api: Api, who: str, headers: dict[str, str], **params: str) -> Any:
    answer = await api.http.get(f"/v1/learners/{who}/awardable", params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def order_credential(api: Api, who: str, headers: dict[str, str], *items: str) -> Any:
    order = {"kind": "OpenBadgeCredential", "items": items} if items else {"kind": "ClrCredential"}
    return await api.http.post(f"/v1/learners/{who}/credentials", json=order, headers=headers)


async def test_it_is_issued_by_choice_alone_and_takes_the_scope(api: Api, learner: Any) -> None:
    who, headers = learner
    plain = bearer(await api.key(*HEADERS))
    whole, seen = await awardable(api, who, headers, scope="all"), await awardable(api, who, headers)
    assert seen == await awardable(api, who, plain)
    assert not [secret for secret in SECRETS if secret in json.dumps(seen)]
    secret = [item for item in whole["items"] if item not in seen["items"]]
    assert (len(secret), whole["withheld"]) == (seen["withheld"], 0)
    assert {item["name"] for item in secret} == {"Piece 5"}
    for key in (headers, plain):
        text = (await order_credential(api, who, key)).text
        assert "Piece 2" in text
        assert not [word for word in SECRETS if word in text]
    path = secret[0]["item"]
    assert problem_of(await order_credential(api, who, plain, path), 403)["scope"] == "learners.sensitive"
    problem_of(await order_credential(api, who, plain, seen["items"][0]["item"], path), 403)
    made = await order_credential(api, who, headers, path)
    assert made.status_code == 201, made.text
    assert "Piece 5" in made.text
    text = (await order_credential(api, who, plain)).text
    assert not [word for word in SECRETS if word in text], "though it stands issued"


async def test_a_badge_of_others_that_is_goes_into_no_record(api: Api, learner: Any) -> None:
    """Nor is it in what is seen of a learner's record."""
    who, headers = learner
    plain = bearer(await api.key(*HEADERS))
    key = Ed25519PrivateKey.generate()
    await know(api, key)
    for n, code in enumerate(("P.1", "W.3")):
        aimed = {"type": ["Alignment"], "targetName": f"Aim {code}", "targetUrl": f"https://x.example.org/{n}"}
        about = {
            **BADGE["credentialSubject"],
            "achievement": {
                **BADGE["credentialSubject"]["achievement"],
                "name": f"Badge {code}",
                "alignment": [{**aimed, "targetCode": code}],
            },
        }
        body = badge(key, id=f"https://badges.example.org/c/{n}", name=f"Badge {code}", credentialSubject=about)
        pusher = bearer(await api.key(source=await api.source("open_badges", f"badges-{n}")))
        answer = await api.http.post("/v1/badges", json={**ENVELOPE, "credential": body}, headers=pusher)
        assert answer.status_code == 201, answer.text
    await settle(api.db, api.tenant)
    assert await verify_received(api.db, api.tenant, nowhere) == 2
    await settle(api.db, api.tenant)
    order = {"kind": "ClrCredential", "received": True}
    for reader in (headers, plain):
        made = await api.http.post(f"/v1/learners/{who}/credentials", json=order, headers=reader)
        assert made.status_code == 201, made.text
        record = await api.http.get(f"/v1/learners/{who}", headers=reader)
        for text in (made.text, record.text):
            assert ("Badge P.1" in text, "Badge W.3" in text) == (False, True)
    every = await api.http.get(f"/v1/learners/{who}", params={"scope": "all"}, headers=headers)
    assert "Badge P.1" in every.text


async def test_a_pointer_means_the_same_to_everybody(api: Api, learner: Any) -> None:
    """What is withheld takes no place: entries are issued by their ids, whoever asks."""
    who, headers = learner
    await api.http.post("/v1/evidence", json=[piece("9", "W.3", 8, "home")], headers=headers)
    await settle(api.db, api.tenant)
    plain = bearer(await api.key(*HEADERS))
    items = (await awardable(api, who, plain))["items"]
    for choice in (item for item in items if not item["item"].startswith("/competencies/")):
        made = await order_credential(api, who, plain, choice["item"])
        assert made.status_code == 201, made.text
        assert made.json()["credentials"][0]["name"] == choice["name"]
        section, own = choice["item"].split("/")[1:]
        path = f"/v1/learners/{who}/record/{section}"
        page = (await api.http.get(path, params={"scope": "all"}, headers=headers)).json()
        [entry] = [entry for entry in page["entries"] if entry["id"] == own]
        assert choice["name"] in (entry.get("title"), entry.get("name"))


async def test_a_batch_of_records_has_nothing_of_it(api: Api, learner: Any) -> None:
    who, headers = learner
    other = {"learner": {"identifiers": [{"type": "district", "value": "200902"}]}}
    await api.http.post("/v1/evidence", json=[{**piece("10", "P.1", 8, "home"), **other}], headers=headers)
    await settle(api.db, api.tenant)
    answer = await api.http.get("/v1/learners", params={"identifier": "district:200902"}, headers=headers)
    order = {"learners": [who, answer.json()["learners"][0]["id"]]}
    batch = (await api.http.post("/v1/credentials/batches", json=order, headers=headers)).json()["id"]
    await issue_batch(api.app.state.service, api.tenant, batch)
    done = (await api.http.get(f"/v1/credentials/batches/{batch}", headers=headers)).json()
    assert done["counts"] == {"learners": 2, "issued": 1, "nothing_to_issue": 1, "without_record": 0}
    listed = (await api.http.get(f"/v1/learners/{who}/credentials", headers=headers)).json()["credentials"]
    (record,) = [row for row in listed if row["kind"] == "ClrCredential"]
    text = (await api.http.get(f"/v1/credentials/{record['id']}", headers=headers)).text
    assert "Piece 2" in text
    assert not [word for word in SECRETS if word in text]
