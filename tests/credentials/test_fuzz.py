"""Random damage: nothing that a stranger sends raises, and nothing that was changed stays valid."""

import json
from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.credentials import build
from app.credentials.errors import CredentialError
from app.credentials.issue import issue
from app.credentials.jsonld import canonize
from app.credentials.verify import Fetched, verify
from tests.support.build import AWARD, DISTRICT, record
from tests.support.credential_samples import CREATED, key
from tests.support.verifying import NOW, issuers_world

BADGE = issue(build.open_badge(AWARD, DISTRICT), key(), CREATED)
CLR = issue(build.clr(record(BADGE), DISTRICT), key(), CREATED)
WORDS = st.sampled_from(
    ["https://issuer.example/x", "VerifiableCredential", "did:key:z6Mk", "urn:uuid:1", "_:a", "2026-01-01T00:00:00Z"]
)
KEY_FIELDS = ["publicKeyMultibase", "publicKeyJwk", "controller", "revoked", "kty", "crv", "url", "startsWith"]
NAMES = st.sampled_from(["id", "type", "@value", "@context", "@graph", "proof", "name", "issuer", "x", *KEY_FIELDS])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 2**60) | st.floats() | st.text(max_size=8) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where every value of a document stands."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [deeper for name, part in inner for deeper in paths(part, (*path, name))]


def replaced(document: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """The document with another value at a place."""
    changed = deepcopy(document)
    holder: Any = changed
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return changed


def meant(document: dict[str, Any]) -> list[bytes]:
    """What a document and its proofs state."""
    try:
        return [canonize({name: value for name, value in document.items() if name != "proof"})]
    except CredentialError:
        return []


@given(st.sampled_from([BADGE, CLR]), st.data(), JSON)
async def test_whatever_is_changed_is_noticed(document: dict[str, Any], data: st.DataObject, value: Any) -> None:
    path = data.draw(st.sampled_from(paths(document)))
    damaged = replaced(document, path, value)
    try:
        content = json.dumps(damaged, allow_nan=False)
    except ValueError:
        return
    report = await verify(content.encode("utf-8", "surrogatepass"), NOW, fetch=issuers_world().fetch)
    json.dumps(report.as_json())
    if report.verdict == "valid":
        assert meant(damaged) == meant(document), path


@given(JSON)
async def test_any_json_is_answered(value: Any) -> None:
    contents = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential"],
        "credentialSubject": value,
    }
    for document in (value, contents, {"recipient": value, "badge": value, "verify": value}):
        report = await verify(json.dumps(document), NOW)
        assert report.verdict != "valid"
        json.dumps(report.as_json())


@given(
    st.binary(max_size=60),
    st.sampled_from([b"", b"{", b"eyJ", b"\x89PNG\r\n\x1a\n", b"<svg xmlns='http://www.w3.org/2000/svg'>"]),
)
async def test_any_bytes_are_answered(tail: bytes, head: bytes) -> None:
    assert (await verify(head + tail, NOW)).verdict == "invalid"


ANSWERS = st.dictionaries(
    st.sampled_from(
        ["id", "type", "verificationMethod", "assertionMethod", "publicKey", "issuer", "keys", "name", "kty", "x"]
    ),
    JSON,
    max_size=5,
)
ASSERTION = {
    "@context": "https://w3id.org/openbadges/v2",
    "type": "Assertion",
    "id": "https://issuer.example/assertions/1",
    "recipient": {"type": "email", "identity": "ada@example.org", "hashed": False},
    "issuedOn": "2024-05-01T00:00:00Z",
    "badge": "https://issuer.example/badge",
}


@given(st.sampled_from([BADGE, CLR, ASSERTION]), st.lists(ANSWERS, min_size=1, max_size=3))
async def test_any_answer_of_an_issuer_is_taken(document: dict[str, Any], answers: list[dict[str, Any]]) -> None:
    turn = 0

    async def fetch(address: str) -> Fetched:
        nonlocal turn
        turn += 1
        answer = {"id": address} | answers[turn % len(answers)]
        return Fetched(200, json.dumps(answer).encode("utf-8", "surrogatepass"))

    report = await verify(json.dumps(document), NOW, fetch=fetch)
    assert report.verdict != "valid"
    json.dumps(report.as_json())
