"""Signing and verifying credentials, beside raw Ed25519 of this machine and beside openbadgeslib.

Only CPU-seconds of this process are counted. The credentials are signed and verified with every guard on: data model,
official schema, contexts, disguises, work budget; the verification also reads the JSON text and asks for the issuer's
keys, which a table in memory answers.
"""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.credentials import build
from app.credentials.issue import issue
from app.credentials.keys import SigningKey, multikey
from app.credentials.model import Achievement, Alignment, Award, Issuer, LearnerRecord, Subject
from app.credentials.stencil import Stencil, mark
from app.credentials.verify import Fetched, verify
from bench.figures import Figure

MADE = datetime(2026, 9, 1, tzinfo=UTC)
PROFILE = "https://issuer.example/profile"
ISSUER = Issuer(PROFILE, "Sample District")
RECORD_BYTES = 22_000


def figures() -> list[Figure]:
    """What a signature and its checking cost, in milliseconds of CPU."""
    private = Ed25519PrivateKey.generate()
    key = SigningKey(f"{PROFILE}#{multikey(private.public_key())}", private)
    badge = build.open_badge(_award(0), ISSUER)
    record, inside = _record(key)
    raw = 1000 * _spent(lambda: private.sign(bytes(64)), 3000)
    sign = 1000 * _spent(lambda: issue(badge, key, MADE), 1000)
    sign_record = 1000 * _spent(lambda: issue(record, key, MADE), 60)
    sign_all = 1000 * _spent(lambda: _record(key), 10) + sign_record
    bulk = 1000 * _bulk(key)
    check = 1000 * _verified(issue(badge, key, MADE), key, 1000)
    check_all = 1000 * _verified(issue(record, key, MADE), key, 20)
    size = len(json.dumps(record)) // 1000
    return [
        Figure("raw Ed25519 signature", "ms", raw),
        Figure("the badge, signed by openbadgeslib", "ms", 1000 * _library(badge, private)),
        Figure("sign a simple Open Badge 3.0", "ms", sign, wanted=1.0, ceiling=True),
        Figure("sign 10,000 badges of one achievement, a second", "", 1000 / bulk, 1000 / raw, 0.3),
        Figure(f"sign a CLR of {size} kB", "ms", sign_record, wanted=10.0, ceiling=True),
        Figure("verify a simple badge, beside signing it", "ms", check, sign, 2.0, ceiling=True),
        Figure(
            f"verify a CLR and its {inside} badges, beside making them", "ms", check_all, sign_all, 2.0, ceiling=True
        ),
    ]


def _award(number: int) -> Award:
    alignment = Alignment("A competency", f"https://case.example/items/{number}", type="CFItem")
    achievement = Achievement(
        f"https://issuer.example/achievements/{number}",
        f"Achievement {number}",
        "What the learner can do now.",
        criteria="Show it in class, and explain it to somebody.",
        alignments=(alignment,) if number else (),
    )
    subject = Subject("urn:uuid:5a6ad7d2-2c0e-4f37-9d0e-8f4b4a7b1c01")
    return Award(f"https://issuer.example/credentials/{number}", achievement, subject, MADE)


def _bulk(key: SigningKey) -> float:
    """CPU-seconds of each of 10,000 badges of one achievement, making ready included."""
    award = replace(_award(0), id=mark("credential"), subject=Subject(mark("learner")))
    began = time.process_time()
    stencil = Stencil(build.open_badge(award, ISSUER), key, MADE)
    for number in range(10_000):
        stencil.issue({"credential": f"urn:uuid:c{number}", "learner": f"urn:uuid:l{number}"})
    return (time.process_time() - began) / 10_000


def _record(key: SigningKey) -> tuple[dict[str, Any], int]:
    """A learner record of about 22 kB, its badges signed; and how many they are."""
    record = LearnerRecord("https://issuer.example/records/1", "Record", _award(0).subject, MADE, ())
    signed: list[dict[str, Any]] = []
    size = 0
    while size < RECORD_BYTES:
        signed.append(issue(build.open_badge(_award(len(signed) + 1), ISSUER), key, MADE))
        size += len(json.dumps(signed[-1]))
    return build.clr(replace(record, credentials=tuple(signed)), ISSUER), len(signed)


def _verified(document: dict[str, Any], key: SigningKey, times: int) -> float:
    method = {"id": key.id, "type": "Multikey", "controller": PROFILE, "publicKeyMultibase": key.id.rpartition("#")[2]}
    profile = {"id": PROFILE, "verificationMethod": [method], "assertionMethod": [key.id]}
    answer = Fetched(200, json.dumps(profile).encode())

    async def fetch(_: str) -> Fetched:
        return answer

    async def all_() -> float:
        report = await verify(text, MADE, fetch=fetch)
        if report.verdict != "valid":
            raise SystemExit(f"the bench's own credential is not valid: {report.summary}")
        began = time.process_time()
        for _ in range(times):
            await verify(text, MADE, fetch=fetch)
        return (time.process_time() - began) / times

    text = json.dumps(document)
    return asyncio.run(all_())


def _library(document: dict[str, Any], private: Ed25519PrivateKey) -> float:
    """Openbadgeslib's signature over the same document."""
    from openbadgeslib.ob3 import ldp

    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return _spent(lambda: ldp.add_data_integrity_proof(document, pem, PROFILE), 10)


def _spent(work: Callable[[], Any], times: int) -> float:
    """CPU-seconds of one run, once warm."""
    work()
    began = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - began) / times
