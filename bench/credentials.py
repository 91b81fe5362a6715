"""Signing, issuing and verifying credentials, beside raw Ed25519 of this machine and beside openbadgeslib.

Of signing and verifying only CPU-seconds of this process are counted; of a batch, those of its signing processes and of
PostgreSQL too. The credentials are signed and verified with every guard on: data model,
official schema, contexts, disguises, work budget; the verification also reads the JSON text and asks for the issuer's
keys, which a table in memory answers.
"""

import asyncio
import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.credentials import build, disclose, parts
from app.credentials.bulk_sign import sign
from app.credentials.issue import issue, issue_selective
from app.credentials.keys import SigningKey, multikey
from app.credentials.model import Achievement, Alignment, Award, Issuer, LearnerRecord, Subject
from app.credentials.template import Template, mark
from app.credentials.verify import Fetched, verify
from app.db import Database
from app.db.access import tenants
from app.db.issuing import batches
from app.issuing.batch import issue_batch
from app.issuing.bulk.signers import cores
from app.secrets import open_vault
from app.settings import Settings
from app.start import Service
from app.template_values import packed_values, signed_text
from bench.figures import Figure
from bench.meter import Meter, Spent
from bench.place import Place

MADE = datetime(2026, 9, 1, tzinfo=UTC)
PROFILE = "https://issuer.example/profile"
ISSUER = Issuer(PROFILE, "Sample District")
RECORD_BYTES = 22_000
BADGES = 10_000
HOSTILE_BYTES = 2_000_000


def figures() -> list[Figure]:
    """What a signature and its checking cost, in milliseconds of CPU."""
    private = Ed25519PrivateKey.generate()
    key = SigningKey(f"{PROFILE}#{multikey(private.public_key())}", private)
    badge = build.open_badge(_award(0), ISSUER)
    record, inside = _record(key)
    raw = 1000 * _spent(private.sign, 3000, bytes(64))
    sign_one = 1000 * _spent(lambda: issue(badge, key, MADE), 1000)
    sign_record = 1000 * _spent(lambda: issue(record, key, MADE), 60)
    sign_all = 1000 * _spent(lambda: _record(key), 10) + sign_record
    bulk = 1000 * _bulk(key)
    seconds = [MADE + timedelta(seconds=number) for number in range(1000)]
    check = 1000 * _verified(
        [issue(badge | {"id": f"{PROFILE}/{moment:%H%M%S}"}, key, MADE) for moment in seconds], key
    )
    check_lone = 1000 * _verified([issue(badge, key, moment) for moment in seconds], key)
    check_all = 1000 * _verified([issue(record, key, MADE)] * 20, key)
    size = len(json.dumps(record)) // 1000
    return [
        Figure("raw Ed25519 signature", "ms", raw),
        Figure("the badge, signed by openbadgeslib", "ms", 1000 * _library(badge, private)),
        Figure("sign a simple Open Badge 3.0", "ms", sign_one, wanted=1.0, ceiling=True),
        Figure(f"sign {BADGES:,} badges of one achievement, a second", "", 1000 / bulk, 1000 / raw, 0.3),
        Figure(f"sign a CLR of {size} kB", "ms", sign_record, wanted=10.0, ceiling=True),
        Figure("verify a simple badge of a class's, beside signing it", "ms", check, sign_one, 2.0, ceiling=True),
        Figure("verify one signed at another second", "ms", check_lone, sign_one, 2.0, ceiling=True),
        Figure(
            f"verify a CLR and its {inside} badges, beside making them", "ms", check_all, sign_all, 2.0, ceiling=True
        ),
        *_selective(),
        Figure(
            "what costs most of hostile inputs of 2 MB",
            "ms",
            _hostile(issue(badge, key, MADE)),
            wanted=1000.0,
            ceiling=True,
        ),
    ]


def _hostile(badge: dict[str, Any]) -> float:
    """CPU-milliseconds of the dearest flood in a badge of 2 MB: of terms, statements, chains, words, types, badges."""
    own, much = "https://x.example/", HOSTILE_BYTES // 60
    floods: list[dict[str, Any]] = [
        {"@context": [*badge["@context"], {f"t{n}": f"{own}{n:030}" for n in range(much)}]},
        {f"{own}p": [{f"{own}q": n} for n in range(much)]},
        {f"{own}p": [{"@id": f"_:b{n}", f"{own}q": {"@id": f"_:b{n + 1}"}} for n in range(much)]},
        {"name": "x" * HOSTILE_BYTES},
        {"type": [*badge["type"], *(f"{own}{n:030}" for n in range(much))]},
        {"endorsement": [badge] * (HOSTILE_BYTES // len(json.dumps(badge)))},
    ]
    return max(1000 * _refused(json.dumps(badge | flood)) for flood in floods)


def _refused(text: str) -> float:
    """CPU-seconds of looking at what is not valid."""
    began = time.process_time()
    report = asyncio.run(verify(text, MADE))
    if report.verdict == "valid":
        raise SystemExit("a hostile input is called valid")
    return time.process_time() - began


def _selective() -> list[Figure]:
    """A badge signed with ecdsa-sd-2023: what it takes to show a part of it, and to verify that part."""
    private = ec.generate_private_key(ec.SECP256R1())
    key = SigningKey(f"{PROFILE}#{multikey(private.public_key())}", private)
    whole = issue_selective(build.open_badge(_award(1), ISSUER), key, MADE)
    chosen = [part.id for part in parts.parts(whole)]
    derive = 1000 * _spent(disclose.derive, 300, whole, chosen)
    check = 1000 * _verified([disclose.derive(whole, chosen)] * 300, key)
    return [
        Figure("derive a part of a badge, ecdsa-sd-2023", "ms", derive, wanted=10.0, ceiling=True),
        Figure("verify that part", "ms", check, wanted=10.0, ceiling=True),
    ]


def issued(here: Place) -> list[Figure]:
    """A batch as its job issues it: asked for, signed by processes, stored, announced."""
    raw = _spent(Ed25519PrivateKey.generate().sign, 3000, bytes(64))
    spent = asyncio.run(_batch(here))
    job = f"issue {BADGES:,} badges as a job, stored and announced"
    return [
        Figure(job, "badges/CPU-s", BADGES / spent.cpu, 1 / raw, 0.3),
        Figure("the same by the clock, beside all cores", "badges/s", BADGES / spent.wall, cores() / raw, 0.3),
    ]


async def _batch(here: Place) -> Spent:
    """What a batch for many learners takes, from the job's begin to its end."""
    async with Database(here.service_url, 4) as db:
        service = Service(Settings(data=here.files), db, open_vault(None, here.files))
        tenant = (await tenants.add(db, "issuing", "Issuing District")).id
        whom, batch = [uuid4() for _ in range(BADGES)], uuid4()
        award = {"name": "Robotics 1", "description": "Robots", "criteria": "Built a robot that follows a line."}
        async with db.transaction(tenant) as tx:
            await tx.run(
                """INSERT INTO learner (tenant_id, id, version, etag, refs, updated_at, body)
                   SELECT %s, id, 1, 'x', '{}', now(), 'x' FROM unnest(%s::uuid[]) AS l (id)""",
                tenant,
                whom,
            )
            await batches.add(tx, batch, {"award": award, "learners": [str(learner) for learner in whom]}, "bench")
        with Meter((os.getpid(), here.postmaster)).spent() as spent:
            await issue_batch(service, tenant, batch)
        async with db.transaction(tenant) as tx:
            row = await batches.by_id(tx, batch)
    if row is None or row.counts != {"learners": BADGES, "issued": BADGES}:
        raise SystemExit(f"the bench's own batch was not issued: {row and row.counts}")
    return spent


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
    template = Template(build.open_badge(award, ISSUER), key, MADE)
    filled = template.fill({who: [f"urn:uuid:{who}{n}" for n in range(BADGES)] for who in ("credential", "learner")})
    for own in packed_values(filled.written, sign(template.prepared, filled.told)):
        signed_text(template.text, own)
    return (time.process_time() - began) / BADGES


def _record(key: SigningKey) -> tuple[dict[str, Any], int]:
    """A learner record of about 22 kB, its badges signed; and how many they are."""
    record = LearnerRecord("https://issuer.example/records/1", "Record", _award(0).subject, MADE, ())
    signed: list[dict[str, Any]] = []
    size = 0
    while size < RECORD_BYTES:
        signed.append(issue(build.open_badge(_award(len(signed) + 1), ISSUER), key, MADE))
        size += len(json.dumps(signed[-1]))
    return build.clr(replace(record, credentials=tuple(signed)), ISSUER), len(signed)


def _verified(credentials: list[dict[str, Any]], key: SigningKey) -> float:
    """CPU-seconds of verifying each of them, as its JSON text."""
    method = {"id": key.id, "type": "Multikey", "controller": PROFILE, "publicKeyMultibase": key.id.rpartition("#")[2]}
    profile = {"id": PROFILE, "verificationMethod": [method], "assertionMethod": [key.id]}
    answer = Fetched(200, json.dumps(profile).encode())

    async def fetch(_: str) -> Fetched:
        return answer

    async def all_() -> float:
        report = await verify(texts[0], moment, fetch=fetch)
        if report.verdict != "valid":
            raise SystemExit(f"the bench's own credential is not valid: {report.summary}")
        began = time.process_time()
        for text in texts:
            await verify(text, moment, fetch=fetch)
        return (time.process_time() - began) / len(texts)

    texts, moment = [json.dumps(credential) for credential in credentials], MADE + timedelta(days=1)
    return asyncio.run(all_())


def _library(document: dict[str, Any], private: Ed25519PrivateKey) -> float:
    """Openbadgeslib's signature over the same document."""
    from openbadgeslib.ob3 import ldp

    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return _spent(lambda: ldp.add_data_integrity_proof(document, pem, PROFILE), 10)


def _spent(work: Callable[..., Any], times: int, *arguments: Any) -> float:
    """CPU-seconds of one run, once warm."""
    work(*arguments)
    began = time.process_time()
    for _ in range(times):
        work(*arguments)
    return (time.process_time() - began) / times
