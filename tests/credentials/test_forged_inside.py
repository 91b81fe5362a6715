"""Forgeries inside what is signed anew: a record's credentials, a badge's endorsements, the list of its state.

Whoever signs a record or a badge may put into it what another has signed, and may not change it. All are made by
`tests.support.forgeries`; TESSERA_SEED makes others.
"""

import json
import os
import random
from dataclasses import replace

from app.credentials import build
from app.credentials.errors import CredentialError
from app.credentials.issue import issue
from app.credentials.status import bitstring_entry
from app.credentials.verify import verify
from tests.support.build import AWARD, DISTRICT, record
from tests.support.credential_samples import CREATED, key
from tests.support.credential_world import World
from tests.support.forgeries import forged, part, parts, stated
from tests.support.verifying import LIST, NOW, issuers_world, signed

SEED = int(os.environ.get("TESSERA_SEED", "2026"))
GOOD = signed(id="urn:uuid:other", name="Other", validUntil="2027-01-01T00:00:00Z")
KEPT = replace(AWARD, status=(bitstring_entry(LIST, 8, "revocation"),))
OPEN_BADGE = issue(build.open_badge(KEPT, DISTRICT), key(), CREATED)


async def test_a_credential_inside_a_record_that_was_signed_anew() -> None:
    """Whoever signs a record may not change what is in it, which another has signed: the whole is not valid."""
    world, random_, wrong, number = issuers_world(), random.Random(SEED), [], 0
    for path in list(parts(OPEN_BADGE))[SEED % 3 :: 3]:
        for forgery in forged(OPEN_BADGE, path, GOOD, random_):
            try:
                whole = issue(build.clr(record(forgery), DISTRICT), key(), CREATED)
            except (CredentialError, UnicodeError):  # what cannot be signed cannot be handed in
                continue
            number += 1
            report = await verify(json.dumps(whole), NOW, fetch=world.fetch)
            same = stated(forgery) is not None and stated(forgery) == stated(OPEN_BADGE)
            if report.verdict == "valid" and not same:
                wrong.append((path, part(OPEN_BADGE, path)))
    assert wrong == []
    assert number > 100


async def test_an_endorsement_in_a_badge_that_was_signed_anew() -> None:
    """Nobody is made to endorse what they did not: a changed endorsement does not count as one that holds."""
    world, random_, wrong, number = issuers_world(), random.Random(SEED), [], 0
    good = issue(build.endorsement("urn:uuid:e", AWARD.achievement.id, "Well made.", DISTRICT, CREATED), key(), CREATED)
    whole = issue(build.open_badge(replace(KEPT, endorsements=(good,)), DISTRICT), key(), CREATED)
    honest = (await verify(json.dumps(whole), NOW, fetch=world.fetch)).check("endorsements")
    assert honest is not None
    assert honest.message.startswith("1 of 1 endorsements hold.")
    for path in parts(good):
        for forgery in forged(good, path, OPEN_BADGE, random_):
            try:
                whole = issue(build.open_badge(replace(KEPT, endorsements=(forgery,)), DISTRICT), key(), CREATED)
            except (CredentialError, UnicodeError):
                continue
            number += 1
            check = (await verify(json.dumps(whole), NOW, fetch=world.fetch)).check("endorsements")
            same = stated(forgery) is not None and stated(forgery) == stated(good)
            if check is not None and check.outcome == "passed" and not same:
                wrong.append((path, part(good, path)))
    assert wrong == []
    assert number > 50


async def test_a_status_list_that_was_changed_clears_nobody() -> None:
    """Of a revoked badge: each part of the list that says so changed, dropped, doubled, moved, taken from another."""
    honest = issuers_world()
    listed, entry = honest.documents[LIST], bitstring_entry(LIST, 7, "revocation")
    badge_revoked = signed(credentialStatus=entry)
    assert (await verify(json.dumps(badge_revoked), NOW, fetch=honest.fetch)).verdict == "invalid"
    random_, wrong, number = random.Random(SEED), [], 0
    for path in parts(listed):
        for forgery in forged(listed, path, OPEN_BADGE, random_):
            number += 1
            world = World({**honest.documents, LIST: json.dumps(forgery).encode()})
            report = await verify(json.dumps(badge_revoked), NOW, fetch=world.fetch)
            if report.verdict == "valid":
                wrong.append((path, part(listed, path)))
    assert wrong == []
    assert number > 50


async def test_an_entry_of_a_status_list_that_was_changed() -> None:
    """Each part of the entry changed under the signature of the badge: never valid."""
    world, random_ = issuers_world(), random.Random(SEED)
    good = signed(credentialStatus=bitstring_entry(LIST, 8, "revocation"))
    for path in [path for path in parts(good) if path[0] == "credentialStatus"]:
        for forgery in forged(good, path, OPEN_BADGE, random_):
            report = await verify(json.dumps(forgery), NOW, fetch=world.fetch)
            assert report.verdict != "valid" or stated(forgery) == stated(good), path
