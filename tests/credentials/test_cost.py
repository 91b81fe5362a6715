"""What a stranger sends costs a bounded amount of work, whatever it is; what honest issuers send costs far less."""

import json
from typing import Any

import pytest

from app.credentials import strict_json
from app.credentials.contexts import CLR, CREDENTIALS_V2, OPEN_BADGES
from app.credentials.jsonld.work import QUADS, TERMS, Quota
from app.credentials.proof import sign
from app.credentials.verify import ob2_issuer, schema, vc, verify
from app.credentials.verify.reading import read
from app.credentials.verify.resolve import Documents
from tests.support.credential_samples import CREATED, ISSUER, badge, key
from tests.support.credential_world import World
from tests.support.ob2 import ADDRESS, PROFILE, SITE, assertion
from tests.support.ob2 import BADGE as CLASS
from tests.support.verifying import NOW, issuers_world, look, signed, token

OWN = "https://x.example/"
BADGE = signed()


def flood(number: int) -> dict[str, Any]:
    """A signed badge with idle terms, which nobody signed."""
    return BADGE | {"@context": [*BADGE["@context"], {f"t{n}": f"{OWN}{n}" for n in range(number)}]}


def deep(levels: int) -> list[Any]:
    """Lists inside one another."""
    whole: list[Any] = []
    for _ in range(levels):
        whole = [whole]
    return whole


def chain(links: int) -> list[dict[str, Any]]:
    """Unnamed objects that each lead to the next, and look alike."""
    return [{"@id": f"_:b{n}", f"{OWN}q": {"@id": f"_:b{n + 1}"}} for n in range(links)]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"@context": flood(60_000)["@context"]}, "defines more terms"),
        ({f"{OWN}p": [{f"{OWN}q": n} for n in range(35_000)]}, "says more than any credential needs"),
        ({f"{OWN}p": [str(n) for n in range(100_000)]}, "says more than any credential needs"),
        ({"type": [*BADGE["type"], *(f"{OWN}{n}" for n in range(100_000))]}, "says more than any credential needs"),
        ({f"{OWN}p": [{} for _ in range(strict_json.OBJECTS)]}, "holds more than 40,000 objects"),
        ({f"{OWN}p": [0] * (strict_json.VALUES + 1)}, "holds more than 200,000 values"),
        ({f"{OWN}p": [[[[]]]] * 60_000}, "holds more than 200,000 values"),
        ({"evidence": deep(300)}, "more than 200 deep"),
        ({"evidence": {"type": ["Evidence"], "name": deep(900)}}, "more than 200 deep"),
        ({f"{OWN}p": chain(5000)}, "a chain longer than any credential needs"),
        ({"endorsement": [BADGE] * 500}, "more credentials than the 400"),
        ({"proof": [BADGE["proof"]] * 9}, "8 is the most"),
        ({"proof": [BADGE["proof"]] * 8, f"{OWN}p": [{f"{OWN}q": n} for n in range(10_000)]}, "says more than any"),
    ],
)
async def test_a_flood_is_refused_before_the_work_is_done(more: dict[str, Any], words: str) -> None:
    report = await look(BADGE | more, issuers_world().fetch)
    assert report.verdict == "invalid"
    assert any(words in check.message for check in report.checks), report.as_json()


@pytest.mark.parametrize(
    "more",
    [
        {"type": [*BADGE["type"], *[7] * 100_000]},
        {"@context": [*BADGE["@context"], *[7] * 190_000]},
        {"evidence": [0] * 190_000},
        {"evidence": [{"type": 7}] * 39_000},
    ],
)
def test_problems_of_a_flood_are_not_told_one_by_one(more: dict[str, Any]) -> None:
    """The validator takes minutes to tell of each; that there are some it tells at once."""
    findings = schema.findings(BADGE | more)
    assert not findings.wrong
    assert any("too large for each difference to be told" in words for words in findings.remarks)


async def test_a_few_terms_of_its_own_are_no_flood() -> None:
    assert (await look(flood(500), issuers_world().fetch)).verdict == "valid"


async def test_a_record_of_a_school_life_takes_a_part_of_what_is_allowed() -> None:
    badges = [signed(id=f"urn:uuid:{n}", name=f"Badge {n}") for n in range(390)]
    document = {
        "@context": [CREDENTIALS_V2, CLR, OPEN_BADGES],
        "id": "urn:uuid:clr",
        "type": ["VerifiableCredential", "ClrCredential"],
        "issuer": {"id": ISSUER, "type": ["Profile"], "name": "Sample District"},
        "validFrom": "2026-09-01T08:00:00Z",
        "name": "Record",
        "credentialSubject": {
            "id": badge()["credentialSubject"]["id"],
            "type": ["ClrSubject"],
            "verifiableCredential": badges,
        },
    }
    documents = Documents(issuers_world().fetch)
    report = await vc.verify(read(json.dumps(sign(document, key(), CREATED))), vc.Session(documents, NOW))
    assert report.verdict == "valid", report.summary
    assert documents.quota.quads > QUADS / 4
    assert documents.quota.terms == TERMS


async def test_what_is_inside_shares_what_is_allowed() -> None:
    """Each of 300 children may define some terms, all together not more than one document."""
    children = [flood(100) | {"id": f"urn:uuid:{n}"} for n in range(300)]
    whole = {"@context": [CREDENTIALS_V2, CLR, OPEN_BADGES], "type": ["VerifiableCredential", "ClrCredential"]}
    whole |= {"credentialSubject": {"type": ["ClrSubject"], "verifiableCredential": children}}
    documents = Documents(issuers_world().fetch, Quota())
    report = await vc.verify(read(json.dumps(whole)), vc.Session(documents, NOW))
    assert sum("defines more terms" in child.summary for child in report.children) > 150
    assert report.verdict == "invalid"


async def test_long_words_are_cut_in_what_is_told() -> None:
    long = "x" * 1_000_000
    for more in ({"validFrom": long}, {"type": long}, {"id": long}, {"credentialStatus": {"type": long}}):
        report = await verify(json.dumps(BADGE | more), NOW)
        assert len(report.summary) < 1000


ENTRY = {"type": "1EdTechRevocationList"}


@pytest.mark.parametrize("entry", ["https://h{0}.example/{0}", "https://h{0}.example:443/credentials/1"])
async def test_long_lists_of_what_was_revoked_are_read_once_and_compared_at_a_glance(entry: str) -> None:
    """Sixteen lists of 3 MB, with names that are none or that look like the one that is sought: 24 s of CPU, once."""
    world, places = issuers_world(), [f"https://issuer.example/list#{number}" for number in range(16)]
    listing = {"id": "https://issuer.example/list", "issuer": ISSUER}
    listing["revokedCredential"] = [entry.format(number) for number in range(70_000)]
    for place in places:
        world[place] = listing
    handed = token(badge(credentialStatus=[ENTRY | {"id": place} for place in places]))
    documents = Documents(world.fetch)
    report = await vc.verify(read(handed), vc.Session(documents, NOW))
    assert report.verdict == "unconfirmed"
    assert documents.quota.names < 0 or documents.left < 0
    listing["revokedCredential"] = [*listing["revokedCredential"], badge()["id"]]
    taken_back = token(badge(credentialStatus=ENTRY | {"id": places[0]}))
    verdict = (await look(taken_back, world.fetch)).verdict
    assert verdict in ({"invalid"} if entry.endswith("{0}") else {"invalid", "unconfirmed"})


async def test_a_profile_names_few_places() -> None:
    """What a profile allows beyond these is not asked: its badges are not its own, instead of a second of work."""
    many = [f"https://h{number}.example/" for number in range(ob2_issuer.MOST)]
    for rules, verdict in (([*many, SITE], "invalid"), ([SITE, *many], "valid")):
        profile = PROFILE | {"verification": {"startsWith": rules}}
        world = World({f"{SITE}/issuer": profile, f"{SITE}/badge": CLASS, ADDRESS: assertion()})
        assert (await look(assertion(), world.fetch)).verdict == verdict
