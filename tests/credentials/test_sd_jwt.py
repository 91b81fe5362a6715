"""Tokens of which a holder shows a part: what is shown counts once, what is not is not told, a holder's key is told."""

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OKPKey

from app.credentials import jwt, sd_jwt
from app.credentials.errors import CredentialError, ProofRefused
from app.credentials.keys import SigningKey
from tests.support.credential_samples import ISSUER, badge, key
from tests.support.credential_world import World
from tests.support.verifying import finding, issuers_world, look, public

SITE = "https://university.example/degrees"
ISSUING, HOLDER = key(), key(9)


def text(value: Any) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def hashed(disclosure: str) -> str:
    return sd_jwt.digest_of(disclosure, "sha256")


def signed(claims: dict[str, Any], signer: SigningKey = ISSUING, **header: Any) -> str:
    protected = {"alg": "EdDSA", "kid": signer.id, **header}
    return jws.serialize_compact(
        protected, json.dumps(claims).encode(), jwt._jwk(signer.private), registry=jwt.REGISTRY
    )


def jwk(signer: SigningKey, **more: Any) -> dict[str, Any]:
    return {**OKPKey.import_key(public(signer)).as_dict(private=False), **more}


NAME, GRADE, ITEM = text(["s1", "name", "Algebra"]), text(["s2", "grade", "A"]), text(["s3", "US"])
CLAIMS: dict[str, Any] = {
    "iss": SITE,
    "vct": "https://university.example/diploma",
    "iat": 1_788_250_000,
    "exp": 1_900_000_000,
    "cnf": {"jwk": jwk(HOLDER)},
    "_sd": [hashed(NAME), hashed(GRADE)],
    "nationalities": [{"...": hashed(ITEM)}, "DE"],
    "_sd_alg": "sha-256",
}
TOKEN = signed(CLAIMS, kid="k1", typ="dc+sd-jwt")


def world() -> World:
    keys = {"keys": [jwk(key(), kid="k1"), jwk(key(2), kid="k2")]}
    return World({"https://university.example/.well-known/jwt-vc-issuer/degrees": {"issuer": SITE, "jwks": keys}})


def with_holder(presented: str, signer: SigningKey = HOLDER, **more: Any) -> str:
    claims = {"iat": 1_788_300_000, "aud": "https://shop.example", "nonce": "n", "sd_hash": hashed(presented), **more}
    return presented + signed(claims, signer, typ="kb+jwt")


async def test_what_is_shown_is_told_and_what_is_not_is_not() -> None:
    report = await look(f"{TOKEN}~{NAME}~", world().fetch)
    assert report.verdict == "valid", report.as_json()
    assert report.document is not None
    assert (report.document["name"], report.document["nationalities"]) == ("Algebra", ["DE"])
    assert "grade" not in report.document
    assert report.facts.format == "SD-JWT VC"
    assert "whoever shows it does not show that they have it" in report.leniencies[1]
    whole = await look(f"{TOKEN}~{GRADE}~{NAME}~{ITEM}~", world().fetch)
    assert whole.document is not None
    assert (whole.document["grade"], whole.document["nationalities"]) == ("A", ["US", "DE"])


async def test_a_holder_who_shows_that_the_key_is_theirs_is_told() -> None:
    report = await look(with_holder(f"{TOKEN}~{NAME}~"), world().fetch)
    assert finding(report, "proof").endswith("showed it to 'https://shop.example' on 2026-09-01.")
    for wrong in (
        with_holder(f"{TOKEN}~{NAME}~", key(8)),
        with_holder(f"{TOKEN}~{NAME}~", sd_hash=hashed(f"{TOKEN}~")),
        with_holder(f"{TOKEN}~").replace(f"{TOKEN}~", f"{TOKEN}~{GRADE}~"),
        f"{TOKEN}~{NAME}~x",
        f"{TOKEN}~{NAME}~{TOKEN}",
    ):
        assert (await look(wrong, world().fetch)).verdict == "invalid"
    unbound = signed({name: value for name, value in CLAIMS.items() if name != "cnf"}, kid="k1", typ="dc+sd-jwt")
    assert (await look(with_holder(f"{unbound}~"), world().fetch)).verdict == "invalid"


@pytest.mark.parametrize(
    "disclosures",
    [
        text(["s9", "grade", "A+"]),
        f"{GRADE}~{GRADE}",
        text(["s1", "name"]),
        text(["s1", "_sd", []]),
        text(["s1", "...", 1]),
        text("name"),
        text({}),
        "!",
        ITEM[:-2],
    ],
)
async def test_what_the_issuer_did_not_sign_is_not_shown(disclosures: str) -> None:
    assert (await look(f"{TOKEN}~{disclosures}~", world().fetch)).verdict == "invalid"


@pytest.mark.parametrize(
    ("more", "disclosures"),
    [
        ({"name": "Latin"}, [NAME]),
        ({"_sd": [hashed(NAME), hashed(NAME)]}, [NAME]),
        ({"_sd": [hashed(NAME)], "inner": {"_sd": [hashed(NAME)]}}, [NAME]),
        ({"_sd": [hashed(ITEM)]}, [ITEM]),
        ({"nationalities": [{"...": hashed(NAME)}], "_sd": []}, [NAME]),
        ({"_sd": "x"}, []),
        ({"_sd": [7]}, []),
    ],
)
async def test_one_hash_stands_for_one_claim(more: dict[str, Any], disclosures: list[str]) -> None:
    token = signed(CLAIMS | more, kid="k1", typ="dc+sd-jwt")
    assert (await look("~".join([token, *disclosures, ""]), world().fetch)).verdict == "invalid"


@pytest.mark.parametrize(
    ("claims", "header", "verdict"),
    [
        ({}, {}, "valid"),
        ({}, {"typ": "vc+sd-jwt"}, "valid"),
        ({}, {"kid": "k2"}, "invalid"),
        ({}, {"kid": "k3"}, "invalid"),
        ({"exp": 1_600_000_000}, {}, "invalid"),
        ({"exp": "soon"}, {}, "invalid"),
        ({"vct": 7}, {}, "invalid"),
        ({"iss": "https://elsewhere.example"}, {}, "unconfirmed"),
        ({"iss": None}, {}, "unconfirmed"),
        ({"status": {"status_list": {"idx": 1, "uri": "https://university.example/list"}}}, {}, "unconfirmed"),
        ({"_sd_alg": "sha3-256"}, {}, "unconfirmed"),
        ({}, {"x5c": ["MII"], "kid": None}, "unconfirmed"),
        ({}, {"typ": "secevent+jwt"}, "invalid"),
    ],
)
async def test_the_verdict_of_each(claims: dict[str, Any], header: dict[str, Any], verdict: str) -> None:
    protected = {
        name: value for name, value in {"kid": "k1", "typ": "dc+sd-jwt", **header}.items() if value is not None
    }
    token = (
        signed({**CLAIMS, **claims}, **protected) if "kid" in protected else unnamed({**CLAIMS, **claims}, protected)
    )
    report = await look(f"{token}~", world().fetch)
    assert report.verdict == verdict, report.as_json()


def unnamed(claims: dict[str, Any], header: dict[str, Any]) -> str:
    protected = {"alg": "EdDSA", **header}
    return jws.serialize_compact(protected, json.dumps(claims).encode(), jwt._jwk(key().private), registry=jwt.REGISTRY)


@pytest.mark.parametrize("kind", ["vc+sd-jwt", "application/vc+sd-jwt", "vc+ld+json+sd-jwt"])
async def test_a_verifiable_credential_of_which_a_part_is_shown(kind: str) -> None:
    document = badge()
    hidden = text(["s", "description", "She was first."])
    token = signed({**document, "_sd": [hashed(hidden)], "_sd_alg": "sha-256"}, typ=kind)
    for disclosures in ("", f"{hidden}~"):
        report = await look(f"{token}~{disclosures}", issuers_world().fetch)
        assert report.verdict == "valid", report.as_json()
        assert report.document is not None
        assert report.document.get("description") == ("She was first." if disclosures else None)
        assert report.facts.issuer_id == ISSUER
    assert (await look(f"{token}~{NAME}~", issuers_world().fetch)).verdict == "invalid"


def test_what_is_nested_too_deep_is_refused() -> None:
    value: Any = "x"
    for _ in range(60):
        value = [value]
    with pytest.raises(ProofRefused, match="too deep"):
        sd_jwt.disclosed({"a": value}, [])
    with pytest.raises(ProofRefused, match="1000 is the most"):
        sd_jwt.disclosed({}, ["x"] * 1001)


@given(st.lists(st.text(alphabet="abcXYZ019-_=.!~", max_size=20), max_size=6))
async def test_whatever_hangs_on_a_token_is_answered(parts: list[str]) -> None:
    report = await look("~".join([TOKEN, *parts]), world().fetch)
    assert report.verdict == "invalid" or not any(parts)


@given(st.recursive(st.none() | st.text(max_size=4), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_any_claim_is_taken_or_refused(value: Any) -> None:
    try:
        sd_jwt.disclosed({"_sd": value, "x": [{"...": value}, value]}, [text(["s", "n", value])])
    except CredentialError:
        return
