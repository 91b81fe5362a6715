"""A matrix of forgeries, made and not listed: every part of every good sample changed, dropped, doubled, moved, taken.

Whatever is done to one part, the report is either not "valid", or it shows what the untouched one shows: then the part
says nothing (an order, a name that nobody reads, what a copy leaves out and its issuer publishes). Nothing raises.
The seed makes it the same matrix each time; TESSERA_SEED makes another.
"""

import json
import os
import random
from base64 import urlsafe_b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jws
from joserfc.jwk import RSAKey

from app.base58 import base58
from app.credentials import build, disclose, jwt, proof
from app.credentials import parts as parts_of
from app.credentials.issue import issue, issue_selective
from app.credentials.keys import SigningKey, did_key, did_key_method
from app.credentials.sd_jwt import digest_of
from app.credentials.status import bitstring_entry
from app.credentials.verify import Report, verify
from app.sharing.readable import readable
from tests.support.build import AWARD, DISTRICT, record
from tests.support.credential_samples import CREATED, badge, key
from tests.support.credential_world import World
from tests.support.forgeries import forged, part, parts, stated
from tests.support.ob2 import ADDRESS, BADGE, PROFILE, SITE, assertion
from tests.support.verifying import LIST, NOW, issuers_world, public, signed, token

SEED = int(os.environ.get("TESSERA_SEED", "2026"))


def view(report: Report) -> Any:
    """What people see of it."""
    facts = report.facts
    seen = (facts.name, facts.achievement, facts.issuer_id, facts.issuer_name, facts.subject, facts.valid_from)
    inside = tuple(view(child) for child in report.children)
    return (*seen, facts.valid_until, readable(report.document) if report.document else None, inside)


async def refusals(document: dict[str, Any], other: dict[str, Any], world: World, seed: int, step: int = 1) -> int:
    """Forge every part of a good document, or every second, third …; how many forgeries there were."""
    honest = await verify(json.dumps(document), NOW, fetch=world.fetch)
    assert honest.verdict == "valid", honest.as_json()
    random_, number, wrong = random.Random(seed), 0, []
    for path in list(parts(document))[seed % step :: step]:
        for forgery in forged(document, path, other, random_):
            number += 1
            report = await verify(json.dumps(forgery), NOW, fetch=world.fetch)
            assert json.dumps(report.as_json())
            same = view(report) == view(honest) or (stated(forgery) is not None and stated(forgery) == stated(document))
            if report.verdict == "valid" and not same:
                wrong.append((path, part(document, path)))
    assert wrong == []
    return number


GOOD = signed(id="urn:uuid:other", name="Other", validUntil="2027-01-01T00:00:00Z")
KEPT = replace(AWARD, status=(bitstring_entry(LIST, 8, "revocation"),))
OPEN_BADGE = issue(build.open_badge(KEPT, DISTRICT), key(), CREATED)


async def test_a_signed_badge() -> None:
    world = issuers_world()
    assert await refusals(OPEN_BADGE, GOOD, world, SEED) > 1000
    assert await refusals(signed(), OPEN_BADGE, world, SEED) > 200


async def test_a_learner_record() -> None:
    whole = issue(build.clr(record(OPEN_BADGE), DISTRICT), key(), CREATED)
    assert await refusals(whole, GOOD, issuers_world(), SEED, step=5) > 400


P256 = ec.derive_private_key(7, ec.SECP256R1())
DID = did_key(P256.public_key())


def secured(suite: str) -> dict[str, Any]:
    """A badge with a proof of another suite than ours, by a key that is its issuer."""
    elliptic = suite.startswith("ecdsa")
    signer = SigningKey(did_key_method(P256.public_key()), P256) if elliptic else key(3)
    method = signer.id if elliptic else did_key_method(public(signer))
    document = badge(issuer={"id": method.partition("#")[0], "type": ["Profile"], "name": "Sample District"})
    config = {**proof.options(replace(signer, id=method), CREATED), "cryptosuite": suite}
    if proof.SUITES[suite].data is proof._jcs_data:
        config["@context"] = document["@context"]
    data = proof.SUITES[suite].data(document, config, "sha256", None)
    value = disclose._signed(P256, data) if elliptic else key(3).private.sign(data)  # type: ignore[union-attr,call-arg]
    return document | {"proof": config | {"proofValue": f"z{base58(value)}"}}


@pytest.mark.parametrize("suite", ["eddsa-jcs-2022", "ecdsa-rdfc-2019", "ecdsa-jcs-2019"])
async def test_a_badge_of_each_suite(suite: str) -> None:
    assert await refusals(secured(suite), OPEN_BADGE, issuers_world(), SEED, step=2) > 100


async def test_a_part_that_is_shown_of_a_badge() -> None:
    owner = replace(DISTRICT, id=DID)
    signer = SigningKey(did_key_method(P256.public_key()), P256)
    whole = issue_selective(build.open_badge(replace(AWARD, status=()), owner), signer, CREATED)
    shown_part = parts_of.presented(whole, [part.id for part in parts_of.parts(whole)][:3])
    assert await refusals(shown_part, parts_of.presented(whole), issuers_world(), SEED, step=3) > 100


async def test_a_token_of_which_a_part_is_shown() -> None:
    """Each part of the claims, and of what is disclosed, changed under the signature of the others."""
    name = urlsafe_b64encode(json.dumps(["salt", "description", "First of all."]).encode()).decode().rstrip("=")
    document = {named: value for named, value in signed().items() if named != "proof"}
    claims = document | {"_sd": [digest_of(name, "sha256")], "_sd_alg": "sha-256"}
    header, payload, signature = token(claims, typ="vc+sd-jwt").split(".")
    good = f"{header}.{payload}.{signature}~{name}~"
    assert (await verify(good, NOW, fetch=issuers_world().fetch)).verdict == "valid"
    random_ = random.Random(SEED)
    for path in parts(claims):
        for forgery in forged(claims, path, OPEN_BADGE, random_):
            body = token(forgery, typ="vc+sd-jwt").split(".")[1]
            report = await verify(f"{header}.{body}.{signature}~{name}~", NOW, fetch=issuers_world().fetch)
            assert report.verdict != "valid" or forgery == claims, path
    for place in range(len(name)):
        other = name[:place] + ("A" if name[place] != "A" else "B") + name[place + 1 :]
        report = await verify(f"{header}.{payload}.{signature}~{other}~", NOW, fetch=issuers_world().fetch)
        assert report.verdict == "invalid"


@pytest.mark.parametrize("older", [False, True])
async def test_a_token(older: bool) -> None:
    """The claims of a token are its words: each of them changed, under the signature of the others."""
    document = {name: value for name, value in signed().items() if name != "proof"}
    good = {"vc": document, "iss": document["issuer"]["id"], "jti": document["id"]} if older else document
    header, payload, signature = token(good).split(".")
    assert (await verify(f"{header}.{payload}.{signature}", NOW, fetch=issuers_world().fetch)).verdict == "valid"
    random_, number = random.Random(SEED), 0
    for path in list(parts(good)):
        for forgery in forged(good, path, OPEN_BADGE, random_):
            number += 1
            body = token(forgery).split(".")[1]
            report = await verify(f"{header}.{body}.{signature}", NOW, fetch=issuers_world().fetch)
            assert json.dumps(report.as_json())
            assert report.verdict != "valid" or forgery == good, path
    assert number > 200


def hosted(**more: Any) -> dict[str, Any]:
    """A hosted badge that says all that one can."""
    return assertion(
        expires="2030-01-01T00:00:00Z",
        evidence=[{"id": f"{SITE}/evidence", "narrative": "Built it."}],
        narrative="Earned it.",
        image=f"{SITE}/i.png",
        **more,
    )


CLASS = BADGE | {
    "description": "Builds robots.",
    "criteria": {"narrative": "Build one."},
    "image": f"{SITE}/badge.png",
    "alignment": [{"targetName": "Robots", "targetUrl": f"{SITE}/robots"}],
    "tags": ["robots"],
}
OTHER = assertion(
    id=f"{SITE}/assertions/2",
    badge=CLASS | {"id": f"{SITE}/phd", "name": "PhD"},
    recipient={"type": "email", "hashed": False, "identity": "eve@example.org"},
    narrative="Another",
    expires="2040-01-01T00:00:00Z",
)


@pytest.mark.parametrize("written", ["by address", "in the copy", "in both", "without an address"])
async def test_a_hosted_badge(written: str) -> None:
    unnamed = {name: value for name, value in CLASS.items() if name != "id"} | {"id": "urn:uuid:7"}
    address = f"{SITE}/badge"
    handed: dict[str, Any] = {"by address": {}, "without an address": {"badge": unnamed}}.get(written, {"badge": CLASS})
    published = {"in both": {"badge": CLASS}, "without an address": {"badge": unnamed}}.get(written, {})
    world = World({f"{SITE}/issuer": PROFILE, address: CLASS, f"{SITE}/phd": OTHER["badge"], OTHER["id"]: OTHER})
    world[ADDRESS] = hosted(**published)
    assert await refusals(hosted(**handed), OTHER, world, SEED) > 150


async def test_a_badge_of_the_first_standards() -> None:
    document = {
        "uid": "1",
        "recipient": "ada@example.org",
        "issued_on": "2012-05-01",
        "badge": {"name": "Robots", "description": "d", "issuer": {"origin": SITE, "name": "Sample School"}},
        "verify": {"type": "hosted", "url": ADDRESS},
        "evidence": f"{SITE}/evidence",
    }
    assert await refusals(document, OTHER, World({ADDRESS: document, OTHER["id"]: OTHER}), SEED) > 100


async def test_a_signed_badge_of_open_badges_2() -> None:
    private = rsa.generate_private_key(65537, 2048)
    public_pem = jwt._jwk(private).as_pem(private=False).decode()
    world = World(
        {
            f"{SITE}/issuer": PROFILE | {"publicKey": f"{SITE}/key"},
            f"{SITE}/key": {"type": "CryptographicKey", "owner": f"{SITE}/issuer", "publicKeyPem": public_pem},
        }
    )
    good = hosted(badge=CLASS, verification={"type": "signed", "creator": f"{SITE}/key"}) | {"id": "urn:uuid:1"}
    signer = RSAKey.import_key(private)
    header, payload, signature = jws.serialize_compact(
        {"alg": "RS256"}, json.dumps(good).encode(), signer, registry=jwt.REGISTRY
    ).split(".")
    assert (await verify(f"{header}.{payload}.{signature}", NOW, fetch=world.fetch)).verdict == "valid"
    random_ = random.Random(SEED)
    for path in list(parts(good)):
        for forgery in forged(good, path, OTHER, random_):
            claims = jws.serialize_compact(
                {"alg": "RS256"}, json.dumps(forgery).encode(), signer, registry=jwt.REGISTRY
            )
            report = await verify(f"{header}.{claims.split('.')[1]}.{signature}", NOW, fetch=world.fetch)
            assert report.verdict != "valid" or forgery == good, path


def _json(path: Path) -> dict[str, Any] | None:
    """The object in a file; None for the samples that are none, on purpose."""
    try:
        document = json.loads(path.read_text())
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


async def test_every_published_sample(shared: Path) -> None:
    """Whatever is done to a sample of 1EdTech, with an issuer that answers anything: a verdict, never an exception."""
    random_, number = random.Random(SEED), 0
    for path in sorted((shared / "data" / "credentials" / "samples").rglob("*.json")):
        if not (document := _json(path)):
            continue
        everything = list(parts(document))
        for place in random_.sample(everything, min(6, len(everything))):
            for forgery in forged(document, place, GOOD, random_):
                number += 1
                report = await verify(json.dumps(forgery), NOW, fetch=issuers_world().fetch)
                assert json.dumps(report.as_json())
                assert report.verdict != "valid" or forgery == document
    assert number > 500
