"""Who may do what, for every operation the API has: made from its own description, so that none is forgotten."""

import re
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.access.scopes import SCOPES
from app.main import create_app
from app.records.settle import settle
from app.settings import Settings
from tests.support.api import Api, bearer, problem_of
from tests.support.competencies import PUSHED, shop
from tests.support.frameworks import ident

PATHS: dict[str, dict[str, Any]] = create_app(Settings()).openapi()["paths"]
PUBLISHED = {"readDidDocument", "readKeySet", "readPublicKey", "readStatusList", "readRevocations"}
"""What an issuer tells everybody, so that credentials can be verified."""

OPEN = {"getToken", "revokeToken", "isAlive", "isReady", "readMetrics", "about", *PUBLISHED}
OPERATIONS = [
    pytest.param(method.upper(), path, operation, id=operation["operationId"])
    for path, methods in PATHS.items()
    for method, operation in methods.items()
    if operation["operationId"] not in OPEN
]
SOMEBODY = {"name": "Robin Sample", "role": "advisor"}
PLAN = {"title": "X", "goals": [{"id": "a", "title": "A", "horizon": "year"}], "writer": SOMEBODY}
NOTE = {"kind": "note", "words": "x", "writer": SOMEBODY}
CREDIT_RULE = {
    "title": "X",
    "amount": 1,
    "unit": "credit",
    "subject": "X",
    "framework": ident("Shop"),
    "writer": SOMEBODY,
    "needs": [{"competency": ident("W.1")}],
}
PROGRAM = {"name": "Robotics Club"}
ACHIEVEMENT = {"name": "X", "description": "x", "criteria": "x", "writer": SOMEBODY}
SUBMISSION = {
    "learner": {"name": "Ada Sample", "grade": "07"},
    "title": "X",
    "submitter": SOMEBODY,
    "consent": "a parent",
}
SAID = {"words": "x", "by": SOMEBODY}
BODIES = {
    "setMatching": {"mode": "propose"},
    "letLinksThrough": {"links": 1},
    "createWebhook": {"url": "https://tool.invalid/hooks"},
    "changeWebhook": {"state": "active"},
    "registerProgram": PROGRAM,
    "editProgram": PROGRAM,
    "decideProgram": {"state": "approved"},
    "defineAchievement": ACHIEVEMENT,
    "editAchievement": ACHIEVEMENT,
    "endorseAchievement": {"program": str(uuid4()), "words": "x", "writer": SOMEBODY},
    "offerOpportunity": {"kind": "event", "title": "X"},
    "changeOpportunity": {"kind": "event", "title": "X"},
    "importPlaylists": {"playlist": {"title": "X", "experiences": [{"title": "X"}]}},
    "decideBadgeIdea": {"state": "declined", "by": SOMEBODY, "feedback": "x"},
    "handIn": SUBMISSION,
    "resubmit": SUBMISSION,
    **dict.fromkeys(("withdrawSubmission", "appealSubmission", "answerReviewers", "answerProgram"), SAID),
    "retractAcceptance": SAID,
    "claimSubmission": {"by": SOMEBODY},
    "releaseSubmission": {"by": SOMEBODY},
    "decideWhose": {"learner": None, "by": SOMEBODY},
    "reviewSubmission": {"assessor": SOMEBODY, "verdict": "accept"},
    "createSource": {"slug": "x", "name": "X", "connector": "evidence"},
    "decideIdentity": {
        "left": {"source": 1, "person": "a"},
        "right": {"source": 2, "person": "b"},
        "judgement": "same",
        "reason": "x",
    },
    "noteCase": {"note": "x"},
    "decideCase": {"judgement": "same", "reason": "x"},
    "replayQuarantine": {"source": 1},
    "allowAlarms": {"ids": [1]},
    "serveRoster": {"sources": []},
    "makeRecordLink": {"reader": "x"},
    "createClient": {"name": "X", "scopes": ["learners.read"]},
    "decideAlignment": {"competency": None},
    "issueCredentials": {"kind": "ClrCredential"},
    "inviteApp": {"note": "x"},
    "connectHost": {"name": "X", "address": "https://wallet.invalid/ims/ob/v3p0"},
    "askHostConsent": {"learner": str(uuid4())},
    "createShare": {"items": [str(uuid4())], "purpose": "x"},
    "changeState": {"state": "revoked"},
    "createBatch": {"learners": [str(uuid4())]},
    "issueCredential": {"credential": {}},
    "verifyCredential": {"verifiableCredential": "x"},
    "verifyPresentation": {"verifiablePresentation": "x"},
    "createPlan": PLAN,
    "editPlan": PLAN,
    "signPlan": {"signer": SOMEBODY},
    "decideGoal": {"goal": "a", "state": "reached", "decider": SOMEBODY},
    "createCreditRule": CREDIT_RULE,
    "editCreditRule": CREDIT_RULE,
    "awardCredit": {"rule": str(uuid4()), "version": 1, "teacherOfRecord": SOMEBODY},
    "withdrawCredit": {"teacherOfRecord": SOMEBODY, "reason": "x"},
    "setLevel": {"level": "x", "reason": "x", "ends": "2999-01-01T00:00:00Z", "teacherOfRecord": SOMEBODY},
    "withdrawLevel": {"teacherOfRecord": SOMEBODY, "reason": "x"},
    "createNote": NOTE,
    "rewriteNote": NOTE,
}
VIEWS = (
    "readProfile",
    "drawProfile",
    "readGrowth",
    "drawGrowth",
    "readGaps",
    "readNext",
    "readProgress",
    "drawProgress",
    "drawGaps",
    "drawNext",
    "readPathway",
    "drawPathway",
)
NAMED = (
    "webhook",
    "endorsement",
    "learner",
    "client",
    "key",
    "competency",
    "framework",
    "credential",
    "share",
    "claim",
    "batch",
    "app",
    "plan",
    "note",
    "rule",
    "award",
    "link",
    "host",
    "consent",
    "program",
    "achievement",
    "opportunity",
    "submission",
)
"""What paths name by an id."""
QUERIES = {
    "removeSource": {"slug": "x"},
    "readMonth": {"month": "2026-10"},
    "readProvenance": {"path": "/names/0"},
    "listDecisions": {"learner": str(uuid4())},
    "listDuplicates": {"source": "999"},
    **{view: {"framework": str(uuid4())} for view in VIEWS},
}


async def _call(
    api: Api, method: str, path: str, operation: dict[str, Any], key: str | None, /, **ids: object
) -> httpx.Response:
    name = operation["operationId"]
    for parameter in NAMED:
        path = path.replace(f"{{{parameter}}}", str(ids.get(parameter, uuid4())))
    path = path.replace("{alignment}", "999").replace("{pair}", "999").replace("{name}", "nothing")
    path = path.replace("{source}", str(ids.get("source", 1))).replace("{record}", str(ids.get("record", 1)))
    for parameter in ("known_issuer", "idea"):
        path = path.replace(f"{{{parameter}}}", "00000000-0000-4000-8000-000000000000")
    path = path.replace("{item}", "nothing").replace("{run}", "1").replace("{section}", "evidence")
    body = BODIES.get(name, {}) if "requestBody" in operation else None
    headers = {} if key is None else {"Authorization": f"Bearer {key}".encode()}
    return await api.http.request(method, path, json=body, params=QUERIES.get(name), headers=headers)


def _scope(operation: dict[str, Any]) -> str:
    (scope,) = operation["security"][0]["oauth2"]
    assert operation["security"] == [{"oauth2": [scope]}, {"apiKey": [scope]}]
    return str(scope)


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS)
async def test_only_a_live_key_with_the_operations_own_scope_is_admitted(
    api: Api, method: str, path: str, operation: dict[str, Any]
) -> None:
    scope = _scope(operation)
    problem_of(await _call(api, method, path, operation, None), 401)
    for nobodys in ("tsk_" + "0" * 64, "tst_" + "0" * 64, "x", "tsk_" + "é" * 64, ""):
        problem_of(await _call(api, method, path, operation, nobodys), 401)
    others = await api.key(*(other for other in SCOPES if other != scope))
    refused = await _call(api, method, path, operation, others)
    assert problem_of(refused, 403)["scope"] == scope
    admitted = await _call(api, method, path, operation, await api.key(scope))
    assert admitted.status_code != 401
    assert "missing-scope" not in admitted.text


async def test_every_operation_that_is_open_is_meant_to_be() -> None:
    operation_ids = {
        operation["operationId"]
        for methods in PATHS.values()
        for operation in methods.values()
        if not any("oauth2" in way for way in operation.get("security", []))
    }
    assert operation_ids == OPEN


async def _issued(api: Api, learner: str, headers: dict[str, str]) -> dict[str, str]:
    """A credential of a learner, a share and a claim of it, and a batch."""
    issued = await api.http.post(f"/v1/learners/{learner}/credentials", json={"kind": "ClrCredential"}, headers=headers)
    credential = issued.json()["credentials"][0]["id"]
    share = {"items": [credential], "purpose": "Application"}
    shared = await api.http.post(f"/v1/learners/{learner}/shares", json=share, headers=headers)
    claimed = await api.http.post(f"/v1/learners/{learner}/claims", json={}, headers=headers)
    batch = await api.http.post("/v1/credentials/batches", json={"learners": [learner]}, headers=headers)
    return {
        "credential": credential,
        "share": shared.json()["share"]["id"],
        "claim": claimed.json()["claim"]["id"],
        "batch": batch.json()["id"],
    }


async def _planned(api: Api, learner: str, headers: dict[str, str]) -> dict[str, str]:
    """A plan of a learner, a note, a rule of credit and an award by it."""
    await api.http.post("/v1/frameworks/packages", json=shop(), headers=headers)
    await api.http.post("/v1/evidence", json=PUSHED, headers=headers)
    await settle(api.db, api.tenant)
    rule = (await api.http.post("/v1/credit-rules", json=CREDIT_RULE, headers=headers)).json()["id"]
    credit = {"rule": rule, "version": 1, "teacherOfRecord": SOMEBODY}
    award = await api.http.post(f"/v1/learners/{learner}/credits", json=credit, headers=headers)
    plan = await api.http.post(f"/v1/learners/{learner}/plans", json=PLAN, headers=headers)
    note = await api.http.post(f"/v1/learners/{learner}/notes", json=NOTE, headers=headers)
    return {"plan": plan.json()["id"], "note": note.json()["id"], "rule": rule, "award": award.json()["id"]}


async def _run(api: Api, headers: dict[str, str]) -> dict[str, str]:
    """An approved program, what it recognizes and offers, and a submission of it."""
    program = (await api.http.post("/v1/programs", json=PROGRAM, headers=headers)).json()["id"]
    root = f"/v1/programs/{program}"
    achievement = await api.http.post(f"{root}/achievements", json=ACHIEVEMENT, headers=headers)
    opportunity = await api.http.post(f"{root}/opportunities", json=BODIES["offerOpportunity"], headers=headers)
    approved = await api.http.post(f"{root}/decision", json={"state": "approved"}, headers=headers)
    own = bearer(await api.key("programs.submit", source=approved.json()["source"]))
    submission = await api.http.post("/v1/submissions", json=SUBMISSION, headers=own)
    return {
        "program": program,
        "achievement": achievement.json()["id"],
        "opportunity": opportunity.json()["id"],
        "submission": submission.json()["id"],
    }


WITHOUT_SOURCE = {path: {403} for path in ("/v1/evidence/{item}", "/v1/badges/{item}")}
"""Where a key without a source is told so, whatever it asks for."""


async def test_what_is_another_tenants_is_answered_as_what_does_not_exist(api: Api) -> None:
    headers = await api.pusher()
    learner = await api.learner(headers)
    source = (await api.http.get("/v1/sources", headers=headers)).json()["sources"][0]["id"]
    await api.http.post("/v1/evidence", json=[{"id": "bad"}], headers=headers)
    record = (await api.http.get("/v1/quarantine", headers=headers)).json()["records"][0]["id"]
    client, _ = await api.client()
    key = (await api.http.get(f"/v1/clients/{client}", headers=headers)).json()["keys"][0]["id"]
    ours = {"learner": learner, "source": source, "record": record, "client": client, "key": key}
    ours |= await _issued(api, learner, headers)
    ours |= await _planned(api, learner, headers)
    ours |= await _run(api, headers)
    link = {"reader": "x"}
    made = await api.http.post(f"/v1/learners/{learner}/record-link", json=link, headers=headers)
    ours |= {"link": made.json()["id"], "endorsement": uuid4()}
    nowhere = {name: 999 if name in ("source", "record") else uuid4() for name in ours}
    stranger = await api.key(tenant=api.other)
    for parameter in OPERATIONS:
        method, path, operation = parameter.values
        if "{" not in path:
            continue
        theirs = await _call(api, method, path, operation, stranger, **ours)
        none = await _call(api, method, path, operation, stranger, **nowhere)
        assert theirs.status_code == none.status_code, (path, theirs.text)
        assert none.status_code in WITHOUT_SOURCE.get(path, {404}), (path, none.text)
        swapped = theirs.text
        for name in ours.keys() - {"source", "record"}:
            swapped = swapped.replace(str(ours[name]), str(nowhere[name]))
        for name in ("source", "record"):  # short numbers: as words of their own
            swapped = re.sub(rf"(?<= ){ours[name]}(?=[ .])", str(nowhere[name]), swapped)
        assert swapped == none.text
    assert (await api.http.get(f"/v1/learners/{learner}", headers=headers)).status_code == 200
    assert (await api.http.get(f"/v1/clients/{client}", headers=headers)).json()["keys"]


async def test_lists_and_feeds_show_nothing_of_another_tenant(api: Api) -> None:
    headers = await api.pusher()
    learner = await api.learner(headers)
    source = (await api.http.get("/v1/sources", headers=headers)).json()["sources"][0]["id"]
    await api.http.post("/v1/evidence", json=[{"id": "bad"}], headers=headers)
    stranger = bearer(await api.key(tenant=api.other))
    named = {"listDecisions": {"learner": learner}, "listDuplicates": {"source": source}}
    for parameter in OPERATIONS:
        method, path, operation = parameter.values
        if method == "GET" and "{" not in path:
            params = named.get(operation["operationId"])
            seen = await api.http.get(path, params=params, headers=stranger)
            nothing = (
                seen.status_code == 404 if operation["operationId"] == "listDuplicates" else seen.status_code == 200
            )
            assert nothing or seen.json()["type"].endswith("no-source"), (path, seen.text)
            assert learner not in seen.text
            assert "robotics-club" not in seen.text


async def test_a_replay_or_a_decision_about_another_tenants_source_does_nothing(api: Api) -> None:
    headers = await api.pusher()
    await api.learner(headers)
    source = (await api.http.get("/v1/sources", headers=headers)).json()["sources"][0]["id"]
    stranger = bearer(await api.key(tenant=api.other))
    problem_of(await api.http.post("/v1/quarantine/replay", json={"source": source}, headers=stranger), 404)
    person = {"source": source, "person": "district:100482"}
    decision = {"left": person, "right": {**person, "person": "x"}, "judgement": "same", "reason": "x"}
    problem_of(await api.http.post("/v1/identity/decisions", json=decision, headers=stranger), 422)
    made = {"name": "X", "scopes": ["evidence.write"], "source": source}
    problem_of(await api.http.post("/v1/clients", json=made, headers=stranger), 422)
