"""The xAPI door to the letter: what is no statement refuses all, parameters are checked, files come and go back."""

import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from typing import Any
from uuid import uuid4

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jws
from joserfc.jwk import OctKey, RSAKey

from connectors.xapi.grammar import SIGNATURE
from tests.support.api import Api, problem_of

XAPI = {"X-Experience-API-Version": "1.0.3"}
PASSED = "http://adlnet.gov/expapi/verbs/passed"
PHOTO = b"\xff\xd8\r\n--not a boundary\r\n\x00\x01\xfe"
BOUNDARY = "-------3141592"


async def basic(api: Api) -> dict[str, str]:
    key = await api.key(source=await api.source("xapi", "tool"))
    return {"Authorization": "Basic " + base64.b64encode(f"tool:{key}".encode()).decode(), **XAPI}


def statement(**fields: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "actor": {"account": {"homePage": "https://lms.example.org", "name": "7"}, "name": "Ada Sample"},
        "verb": {"id": PASSED},
        "object": {"id": "https://lms.example.org/quiz/1", "definition": {"name": {"en": "Quiz 1"}}},
        "result": {"score": {"raw": 3, "min": 0, "max": 4}, "success": True},
        "timestamp": "2026-10-01T10:00:00Z",
        **fields,
    }


def attachment(content: bytes, usage: str = "https://lms.example.org/essay", **fields: Any) -> dict[str, Any]:
    return {
        "usageType": usage,
        "display": {"en": "Essay"},
        "contentType": "application/octet-stream",
        "length": len(content),
        "sha2": hashlib.sha256(content).hexdigest(),
        **fields,
    }


def mixed(statements: Any, files: Sequence[bytes], **replaced: str) -> bytes:
    """A multipart body; `replaced` are headers of its files that are other than they should be."""
    parts = [b"Content-Type: application/json\r\n\r\n" + json.dumps(statements).encode()]
    for content in files:
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Transfer-Encoding": "binary",
            "X-Experience-API-Hash": hashlib.sha256(content).hexdigest(),
            **replaced,
        }
        parts.append("".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode() + b"\r\n" + content)
    return b"".join(f"--{BOUNDARY}\r\n".encode() + part + b"\r\n" for part in parts) + f"--{BOUNDARY}--\r\n".encode()


async def send(api: Api, headers: dict[str, str], body: bytes, boundary: str = BOUNDARY) -> httpx.Response:
    kind = {"Content-Type": f"multipart/mixed; boundary={boundary}"}
    return await api.http.post("/v1/xapi/statements", content=body, headers=headers | kind)


async def stored(api: Api, headers: dict[str, str], **params: Any) -> list[dict[str, Any]]:
    answer = await api.http.get("/v1/xapi/statements", params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    statements: list[dict[str, Any]] = answer.json()["statements"]
    return statements


@pytest.mark.parametrize(
    ("slip", "named"),
    [
        ({"resutl": {"success": True}, "result": {"completion": True}}, "did you mean 'result'?"),
        ({"result": {"scoer": {"scaled": 1}, "success": True}}, "did you mean 'score'?"),
        ({"result": {"success": "true"}}, "success"),
        ({"result": {"score": {"scaled": "0.9"}}}, "scaled"),
        ({"result": None}, "result"),
        ({"timestamp": "01/02/2026"}, "timestamp"),
        ({"actor": {"mbox": "mailto:ada@example.org", "openid": "https://ada.example.org"}}, "exactly one"),
        ({"context": {"contextActivities": {"parents": []}}}, "contextActivities.parents"),
    ],
)
async def test_a_slip_that_would_lose_a_result_is_told_and_refuses_all(
    api: Api, slip: dict[str, Any], named: str
) -> None:
    headers = await basic(api)
    answer = await api.http.post("/v1/xapi/statements", json=[statement(), statement(**slip)], headers=headers)
    detail = problem_of(answer, 400)["detail"]
    assert "statement 1" in detail
    assert named in detail
    assert await stored(api, headers) == []


async def test_files_come_with_their_statements_and_go_back_as_they_were(api: Api) -> None:
    headers = await basic(api)
    essay = attachment(PHOTO)
    first, other = statement(attachments=[essay]), statement(attachments=[essay, attachment(b"")])
    answer = await send(api, headers, mixed([first, other], [PHOTO, b""]))
    assert answer.json() == [first["id"], other["id"]], answer.text
    assert first["attachments"] == [essay], "two statements have one file"
    again = await send(api, headers, mixed([first], [PHOTO]))
    assert again.status_code == 200
    for params, ids in ({"statementId": first["id"]}, [first["id"]]), ({"limit": "5"}, [other["id"], first["id"]]):
        answer = await api.http.get("/v1/xapi/statements", params={**params, "attachments": "true"}, headers=headers)
        parts = parts_of(answer)
        assert parts[0][0]["Content-Type"] == "application/json"
        body = json.loads(parts[0][1])
        assert sorted(each["id"] for each in body.get("statements", [body])) == sorted(ids)
        files = {head["X-Experience-API-Hash"]: content for head, content in parts[1:]}
        assert files[essay["sha2"]] == PHOTO
        assert len(files) == len(ids)
    plain = await api.http.get("/v1/xapi/statements", headers=headers)
    assert plain.headers["content-type"] == "application/json"
    theirs = {"Authorization": f"Bearer {await api.key(source=await api.source('xapi', 'other'))}", **XAPI}
    answer = await api.http.get("/v1/xapi/statements", params={"attachments": "true"}, headers=theirs)
    assert len(parts_of(answer)) == 1, "multipart also where nothing is attached"


def parts_of(answer: httpx.Response) -> list[tuple[Any, bytes]]:
    """The headers and the content of each part of an answer."""
    assert answer.status_code == 200, answer.text
    boundary = message_from_bytes(b"Content-Type: " + answer.headers["content-type"].encode()).get_boundary()
    assert boundary
    pieces = answer.content.split(f"--{boundary}".encode())
    assert (pieces[0], pieces[-1]) == (b"", b"--\r\n")
    heads = [piece.removeprefix(b"\r\n").partition(b"\r\n\r\n") for piece in pieces[1:-1]]
    return [(message_from_bytes(head), content.removesuffix(b"\r\n")) for head, _, content in heads]


async def test_a_file_that_did_not_come_or_is_not_the_one_named_refuses_all(api: Api) -> None:
    headers = await basic(api)
    sent = statement(attachments=[attachment(PHOTO)])
    whole = mixed(sent, [PHOTO])
    refused = {
        "missing": mixed(sent, []),
        "a stranger": mixed(sent, [PHOTO, b"x"]),
        "changed on the way": whole.replace(b"\x00\x01", b"\x00\x02"),
        "cut short": whole[:-60],
        "no hash": mixed(sent, [PHOTO], **{"X-Experience-API-Hash": ""}),
        "encoded": mixed(sent, [PHOTO], **{"Content-Transfer-Encoding": "base64"}),
        "no statement": mixed(sent, [PHOTO]).replace(b"application/json", b"text/plain"),
        "another boundary": whole.replace(BOUNDARY.encode(), b"-------2718281"),
        "nothing": b"",
    }
    for what, body in refused.items():
        assert (await send(api, headers, body)).status_code == 400, what
    kind = {"Content-Type": "multipart/mixed"}
    problem_of(await api.http.post("/v1/xapi/statements", content=whole, headers=headers | kind), 400)
    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    problem_of(await api.http.post("/v1/xapi/statements", content=whole, headers=headers | kind), 400)
    problem_of(await api.http.post("/v1/xapi/statements", json=sent, headers=headers), 400)
    assert await stored(api, headers) == []
    elsewhere = statement(attachments=[attachment(PHOTO, fileUrl="https://files.example.org/1")])
    assert (await api.http.post("/v1/xapi/statements", json=elsewhere, headers=headers)).status_code == 200


@pytest.fixture(scope="module")
def signer() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def signed(
    content: dict[str, Any],
    key: rsa.RSAPrivateKey,
    algorithm: str = "RS256",
    certified: rsa.RSAPrivateKey | None = None,
) -> bytes:
    header: dict[str, Any] = {"alg": algorithm}
    if certified is not None:
        header["x5c"] = [base64.b64encode(certificate(certified).public_bytes(Encoding.DER)).decode()]
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    secret = OctKey.import_key("0" * 64) if algorithm.startswith("HS") else RSAKey.import_key(pem)
    return jws.serialize_compact(header, json.dumps(content).encode(), secret, algorithms=[algorithm]).encode()


def certificate(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tool.example.org")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    valid = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return valid.serial_number(x509.random_serial_number()).sign(key, hashes.SHA256())


async def test_a_signature_is_that_of_its_statement(api: Api, signer: rsa.RSAPrivateKey) -> None:
    headers = await basic(api)
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    async def status(content: dict[str, Any], signature: bytes, **fields: Any) -> int:
        body = {**content, "attachments": [attachment(signature, SIGNATURE, **fields)]}
        return (await send(api, headers, mixed(body, [signature]))).status_code

    for algorithm in ("RS256", "RS384", "RS512"):
        sent = statement()
        assert await status(sent, signed(sent, signer, algorithm)) == 200
    sent = statement()
    assert await status(sent, signed(sent, signer, certified=signer)) == 200
    sent = statement()
    for signature in (
        signed({**sent, "result": {"success": False}}, signer),
        signed(sent, signer, certified=stranger),
        signed(sent, signer, "HS256"),
        signed(sent, signer)[:-400].replace(b".", b"", 1),
        b"no signature",
    ):
        assert await status(sent, signature) == 400
    assert await status(sent, signed(sent, signer), contentType="text/plain") == 400
    elsewhere = {**sent, "attachments": [attachment(b"x", SIGNATURE, fileUrl="https://files.example.org/1")]}
    problem_of(await api.http.post("/v1/xapi/statements", json=elsewhere, headers=headers), 400)
    assert len(await stored(api, headers)) == 4


@pytest.mark.parametrize(
    "params",
    [
        {"verbs": PASSED},
        {"verb": "passed"},
        {"activity": "quiz"},
        {"agent": '{"mbox": "ada@example.org"}'},
        {"agent": '"ada"'},
        {"registration": "7"},
        {"since": "yesterday"},
        {"until": "2026-10-01"},
        {"limit": "-1"},
        {"limit": "ten"},
        {"ascending": "yes"},
        {"attachments": "1"},
        {"format": "brief"},
        {"statementId": "7"},
        {"statementId": ""},
        {"statementId": str(uuid4()), "voidedStatementId": str(uuid4())},
        {"statementId": str(uuid4()), "verb": PASSED},
    ],
)
async def test_a_question_that_is_not_understood_is_not_answered_by_everything(
    api: Api, params: dict[str, str]
) -> None:
    headers = await basic(api)
    answer = await api.http.get("/v1/xapi/statements", params=params, headers=headers)
    problem_of(answer, 400)
    assert answer.headers["x-experience-api-version"] == "1.0.3"
    assert answer.headers["x-experience-api-consistent-through"]


async def test_what_is_given_back_names_who_vouches_and_lists_what_is_around(api: Api) -> None:
    headers = await basic(api)
    around = {
        "contextActivities": {"parent": {"id": "https://lms.example.org/course", "definition": {"name": {"en": "C"}}}}
    }
    sent = statement(context=around)
    for _ in range(2):  # sent again it is the same, though it is given back with lists
        assert (await api.http.post("/v1/xapi/statements", json=sent, headers=headers)).status_code == 200
    [returned] = await stored(api, headers, activity="https://lms.example.org/course", related_activities="true")
    assert returned["context"]["contextActivities"]["parent"] == [around["contextActivities"]["parent"]]
    assert returned["authority"]["account"]["name"] == "tool"
    [brief] = await stored(api, headers, format="ids")
    assert brief["actor"] == {"account": sent["actor"]["account"]}
    assert brief["object"] == {"id": sent["object"]["id"]}
    assert brief["context"]["contextActivities"]["parent"] == [{"id": "https://lms.example.org/course"}]
    assert await stored(api, headers, activity="https://lms.example.org/course") == []
    teacher = {"mbox": "mailto:grace@example.org"}
    taught = statement(context={"instructor": teacher})
    assert (await api.http.post("/v1/xapi/statements", json=taught, headers=headers)).status_code == 200
    query = {"agent": json.dumps(teacher)}
    assert await stored(api, headers, **query, related_activities="true") == []
    assert [each["id"] for each in await stored(api, headers, **query, related_agents="true")] == [taught["id"]]


async def test_what_came_without_the_standards_header_never_spoils_an_answer(api: Api) -> None:
    headers = await basic(api)
    plain = {name: value for name, value in headers.items() if name not in XAPI}
    odd: list[Any] = [
        statement(
            verb={"id": "https://tool.example.org/verbs/aced"}, object={"objectType": "SubStatement", "context": 7}
        ),
        statement(verb="passed"),
        statement(object="quiz", context=[1], attachments="x"),
        statement(attachments=[7, {"sha2": 1}]),
        statement(verb={"id": PASSED}, actor={"objectType": "Group", "member": 7}),
        "no statement",
    ]
    await api.http.post("/v1/xapi/statements", json=odd, headers=plain)
    for params in (
        {},
        {"attachments": "true"},
        {"format": "ids"},
        {"activity": "https://x.example.org/1", "related_activities": "true"},
        {"agent": '{"mbox": "mailto:ada@example.org"}', "related_agents": "true"},
        {"verb": PASSED},
    ):
        answer = await api.http.get("/v1/xapi/statements", params=params, headers=headers)
        assert answer.status_code == 200, answer.text
