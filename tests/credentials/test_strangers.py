"""Brothers of known forgeries, and honest badges that are written unusually: the right verdict of each."""

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jws
from joserfc.jwk import RSAKey

from app.credentials import jwt
from app.credentials.contexts import OPEN_BADGES_EXTENSIONS
from app.credentials.proof import sign
from app.credentials.verify import IssuerList, Person, Report, verify
from app.credentials.verify.resolve import climbs, same_address
from app.sharing.readable import readable
from tests.support.credential_samples import CREATED, badge, controller, key
from tests.support.credential_world import World
from tests.support.ob2 import ADDRESS, BADGE, CONTEXT, PROFILE, SITE, assertion
from tests.support.verifying import NOW, finding, issuers_world, look, signed

LISTED = f"{SITE}/issuer"
PRIVATE = rsa.generate_private_key(65537, 2048)
PEM = jwt._jwk(PRIVATE).as_pem(private=False).decode()


def world(**more: Any) -> World:
    """A school that hosts one badge, and what else stands at addresses of its host."""
    named = {f"{SITE}/{path.replace('__', '/')}": document for path, document in more.items()}
    return World({LISTED: PROFILE, f"{SITE}/badge": BADGE, ADDRESS: assertion(), **named})


def hosting(address: str, **profile: Any) -> World:
    """The same school, with a badge at an address."""
    hosted = world(issuer=PROFILE | profile)
    hosted[address] = assertion(id=address)
    return hosted


def signed_old(document: dict[str, Any]) -> str:
    """A badge before 3.0 as a token."""
    return jws.serialize_compact(
        {"alg": "RS256"}, json.dumps(document).encode(), RSAKey.import_key(PRIVATE), registry=jwt.REGISTRY
    )


@pytest.mark.parametrize(
    "address",
    [
        f"{SITE}:443/assertions/1",
        "http://issuer.example:80/assertions/1",
        "https://issuer.example./assertions/1",
        "HTTPS://ISSUER.EXAMPLE/assertions/1",
    ],
)
async def test_one_address_in_several_spellings(address: str) -> None:
    assert (await look(assertion(id=address), hosting(address).fetch)).verdict == "valid"
    published = hosting(address)
    published[address] = assertion()
    assert (await look(assertion(id=address), published.fetch)).verdict == "valid"
    within = {"type": "HostedBadge", "startsWith": f"{SITE}/assertions/"}
    assert (await look(assertion(id=address), hosting(address, verification=within).fetch)).verdict == "valid"


@pytest.mark.parametrize(
    "address",
    [
        f"{SITE}:8443/assertions/1",
        "https://issuer.example@evil.example/assertions/1",
        "https://issuer.example.evil.example/assertions/1",
        "https://\N{CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I}ssuer.example/assertions/1",
        "https://xn--ssuer-mhf.example/assertions/1",
    ],
)
async def test_addresses_that_only_look_like_the_issuers(address: str) -> None:
    report = await look(assertion(id=address), hosting(address).fetch)
    assert finding(report, "issuer key").startswith("failed: The issuer 'https://issuer.example/issuer' does not host")


@pytest.mark.parametrize(
    "path", ["good/../eve/1", "good/%2e%2e/eve/1", "good/..%2feve/1", "good/..\\eve\\1", "good/%252e%252e/eve/1"]
)
async def test_an_address_climbs_out_of_no_folder(path: str) -> None:
    """A server finds another account's file at it, whatever its letters begin with."""
    report = await look(
        assertion(id=f"{SITE}/{path}"),
        hosting(f"{SITE}/{path}", verification={"type": "HostedBadge", "startsWith": f"{SITE}/good/"}).fetch,
    )
    assert finding(report, "issuer key").startswith("failed")


def test_what_climbs_and_what_is_the_same() -> None:
    assert not climbs("https://a.example/v1.2/x..y/1")
    assert same_address("https://a.example", "http://A.example:80/")
    assert same_address(
        "https://b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.example/a", "https://xn--bcher-kva.example/a"
    )
    assert not same_address("https://stra\N{LATIN SMALL LETTER SHARP S}e.example/a", "https://strasse.example/a")
    assert not same_address("https://a.example/x?1", "https://a.example/x?2")
    assert not same_address("https://a.example:99999/x", "https://a.example/x")


@pytest.mark.parametrize("moved", ["assertion", "class", "issuer", "key", "profile of 3.0", "revocations"])
async def test_what_another_host_answers_confirms_nothing(moved: str) -> None:
    """An address that redirects wherever it is told to is no word of its host's."""
    away = "https://evil.example/x"
    old, new = world(), issuers_world()
    if moved == "key":
        old[LISTED] = PROFILE | {"publicKey": f"{SITE}/key"}
        old[f"{SITE}/key"] = away
        old[away] = PEM.encode()
        document: Any = signed_old(
            assertion(id="urn:uuid:1", verification={"type": "signed", "creator": f"{SITE}/key"})
        )
        report = await look(document, old.fetch)
    elif moved in ("assertion", "class", "issuer"):
        address = {"assertion": ADDRESS, "class": f"{SITE}/badge", "issuer": LISTED}[moved]
        old[away], old[address] = old.documents[address], away
        report = await look(assertion(), old.fetch)
    elif moved == "revocations":
        new[f"{SITE}/revoked"], new[away] = away, {"id": f"{SITE}/revoked", "issuer": badge()["issuer"]["id"]}
        status = {"id": f"{SITE}/revoked", "type": "1EdTechRevocationList"}
        contexts = [*badge()["@context"], OPEN_BADGES_EXTENSIONS]
        report = await look(signed(credentialStatus=status, **{"@context": contexts}), new.fetch)
    else:
        profile = badge()["issuer"]["id"]
        new[away], new[profile] = new.documents[profile], away
        report = await look(signed(), new.fetch)
    assert report.verdict == "unconfirmed", report.as_json()
    assert "leads to another host, evil.example" in report.summary


async def test_a_redirect_within_its_host_is_the_hosts_own() -> None:
    old = world()
    old["https://www.issuer.example/v2/1"], old[ADDRESS] = assertion(), "https://www.issuer.example/v2/1"
    assert (await look(assertion(), old.fetch)).verdict == "valid"


async def test_a_profile_under_anothers_name_is_what_stands_at_that_name() -> None:
    """On a host of many issuers, one writes the id of another into a profile of its own."""
    eve = {"eve.json": PROFILE | {"publicKey": f"{SITE}/eve-key", "name": "Eve"}}
    theirs = BADGE | {"id": f"{SITE}/phd", "issuer": f"{SITE}/eve.json", "name": "PhD"}
    forged = assertion(
        id="urn:uuid:1", badge=f"{SITE}/phd", verification={"type": "signed", "creator": f"{SITE}/eve-key"}
    )
    host = world(**eve, phd=theirs, issuer=PROFILE | {"publicKey": f"{SITE}/key"})
    host[f"{SITE}/eve-key"] = {"owner": LISTED, "publicKeyPem": PEM}
    report = await look(signed_old(forged), host.fetch)
    assert (report.verdict, report.facts.issuer_name) == ("invalid", "Sample School")
    host[LISTED] = 404
    known = IssuerList("the district's own list", {LISTED: "Sample School"})
    report = await verify(signed_old(forged), NOW, fetch=host.fetch, known=[known])
    assert (report.facts.issuer_id, report.known) == (f"{SITE}/eve.json", False)


@pytest.mark.parametrize(
    ("owner", "listed", "verdict"),
    [
        (None, False, "unconfirmed"),
        (LISTED, False, "unconfirmed"),
        (f"{SITE}/eve", False, "invalid"),
        (f"{SITE}/eve", True, "invalid"),
        (LISTED, True, "valid"),
        (None, True, "valid"),
    ],
)
async def test_a_key_on_the_issuers_site_is_its_own_if_its_profile_says_so(
    owner: str | None, listed: bool, verdict: str
) -> None:
    host = world(issuer=PROFILE | ({"publicKey": f"{SITE}/key"} if listed else {}))
    host[f"{SITE}/key"] = {"publicKeyPem": PEM} | ({"owner": owner} if owner else {})
    forged = assertion(id="urn:uuid:1", verification={"type": "signed", "creator": f"{SITE}/key"})
    assert (await look(signed_old(forged), host.fetch)).verdict == verdict


async def test_what_is_said_of_several_people_is_nobodys_in_particular() -> None:
    subject = badge()["credentialSubject"]
    doctor = subject | {"achievement": subject["achievement"] | {"name": "PhD"}}
    ada = "did:key:z6Mko9hTggMwjSTEaJaPUfE6tqcy2xvU6BnNq3e3o8qVBiyH"

    async def of_ada(*subjects: dict[str, Any]) -> Report:
        content = json.dumps(signed(credentialSubject=list(subjects)))
        return await verify(content, NOW, fetch=issuers_world().fetch, person=Person(ids=frozenset({ada})))

    report = await of_ada(doctor, subject | {"id": ada})
    assert finding(report, "recipient").startswith("failed: It is about several people")
    assert "it is about 2 subjects; what is shown is said of the first" in report.leniencies
    assert (await of_ada(subject | {"id": ada})).verdict == "valid"
    twice = badge(credentialSubject=[subject | {"id": ada}, doctor | {"id": ada}])
    person = Person(ids=frozenset({ada}))
    assert (await verify(jwt.sign(twice, key()), NOW, fetch=issuers_world().fetch, person=person)).verdict == "valid"


async def test_a_letter_of_another_script_is_seen() -> None:
    did = "did:web:h\N{CYRILLIC SMALL LETTER A}rvard.example"
    signer, site = key(5, did), f"https://{did.removeprefix('did:web:')}"
    issuer = {"id": did, "type": ["Profile"], "name": "Harvard", "url": site}
    there = World({f"{site}/.well-known/did.json": controller(signer, id=did)})
    report = await look(sign(badge(issuer=issuer), signer, CREATED), there.fetch)
    assert "whoever holds xn--hrvard-3nf.example made it" in report.summary


async def test_an_account_of_a_platform_is_not_told_as_the_platform() -> None:
    own = f"{SITE}/accounts/eve"
    issuer = {"id": own, "type": ["Profile"], "name": "Old Ivy University", "url": SITE}
    report = await look(
        sign(badge(issuer=issuer), key(5, own), CREATED), World({own: controller(key(5, own), id=own)}).fetch
    )
    assert "whoever may publish at issuer.example/accounts/eve made it" in report.summary


BLOCKCERT = {
    "@context": [CONTEXT, "https://w3id.org/blockcerts/v2"],
    "type": "Assertion",
    "id": "urn:uuid:bbba8553-8ec1-445f-82c9-a57251dd731c",
    "recipient": {"type": "email", "identity": "ada@example.org", "hashed": False},
    "badge": {"type": "BadgeClass", "id": "urn:uuid:82a4c9f2", "name": "Certificate", "issuer": LISTED},
    "issuedOn": "2017-06-29T14:58:57.461422+00:00",
    "verification": {"publicKey": "ecdsa-koblitz-pubkey:msBC", "type": ["MerkleProofVerification2017", "Extension"]},
    "signature": {"type": ["MerkleProof2017", "Extension"], "merkleRoot": "x", "targetHash": "y", "proof": []},
}
EUROPASS = {
    "@context": ["https://www.w3.org/2018/credentials/v1", "http://data.europa.eu/snb/model/context/edc-ap"],
    "id": "urn:credential:1",
    "type": ["VerifiableCredential", "EuropeanDigitalCredential"],
    "issuer": {"id": "urn:epass:org:1", "type": "Agent", "legalName": {"en": ["University"]}},
    "issuanceDate": "2022-01-01T00:00:00+00:00",
    "credentialSubject": {"id": "urn:epass:person:1", "type": "Person"},
}


def part(value: Any) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def european(algorithm: str = "ES256") -> tuple[str, str, str]:
    return part({"alg": algorithm, "x5c": ["MII"], "typ": "JOSE"}), part(EUROPASS), "A" * 86


async def test_what_is_signed_in_ways_that_are_not_known_here_is_unconfirmed() -> None:
    header, payload, signature = european()
    signature_of_one = {"protected": header, "signature": signature}
    for content in (
        json.dumps(BLOCKCERT),
        ".".join(european()),
        ".".join(european("ES256K")),
        ".".join(european("ES256K-R")),
        json.dumps({"payload": payload, "signatures": [signature_of_one]}),
        json.dumps({"payload": payload, **signature_of_one}),
        json.dumps({"payload": payload, "signatures": [signature_of_one, signature_of_one]}),
    ):
        report = await look(content, World().fetch)
        assert report.verdict == "unconfirmed", report.as_json()
    unsigned = {name: value for name, value in BLOCKCERT.items() if name != "signature"}
    assert (await look(unsigned, World().fetch)).verdict == "invalid"
    assert (await look(".".join(european("HS256")), World().fetch)).verdict == "invalid"


async def test_what_is_of_a_kind_that_is_not_known_here_is_unconfirmed() -> None:
    oldest = {"@context": "https://w3id.org/blockcerts/v1", "type": "CertificateDocument", "recipient": {"name": "Ada"}}
    later = EUROPASS | {"@context": ["https://www.w3.org/2018/credentials/v1", "https://w3id.org/openbadges/v2", "x:y"]}
    seal = {"type": "MerkleProof2019", "proofPurpose": "assertionMethod", "verificationMethod": "did:ion:x#k"}
    for document in ({name: value for name, value in oldest.items() if name != "recipient"}, later | {"proof": seal}):
        report = await look(document, World().fetch)
        assert report.verdict == "unconfirmed", report.as_json()
    known = {"@context": "https://www.w3.org/ns/did/v1", "type": "CertificateDocument"}
    assert (await look(known, World().fetch)).verdict == "invalid"


async def test_an_envelope_is_what_is_in_it() -> None:
    token = jwt.sign(badge(), key())
    envelope = {
        "@context": "https://www.w3.org/ns/credentials/v2",
        "type": "EnvelopedVerifiableCredential",
        "id": f"data:application/vc+jwt,{token}",
    }
    assert (await look(envelope, issuers_world().fetch)).verdict == "valid"
    assert (await look(envelope | {"id": f"{envelope['id']}x"}, issuers_world().fetch)).verdict == "invalid"
    assert (await look(envelope | {"id": "https://issuer.example/1"}, issuers_world().fetch)).verdict == "invalid"
    header, payload, signature = token.split(".")
    flat = {"payload": payload, "protected": header, "signature": signature}
    assert (await look(flat, issuers_world().fetch)).verdict == "valid"
    assert (await look(flat | {"payload": part(badge(name="PhD"))}, issuers_world().fetch)).verdict == "invalid"


def test_a_badge_is_called_what_was_achieved() -> None:
    """With Credly a badge's own name is its holder's: it is no title, least of all where no name is to be shown."""
    document = badge(name="Kim Sample")
    assert readable(document).name == document["credentialSubject"]["achievement"]["name"]
    unnamed = badge(credentialSubject={"id": "urn:x:y", "type": ["AchievementSubject"], "achievement": {}})
    assert readable(unnamed | {"name": "Own"}).name == "Own"
    record = {"type": ["ClrCredential"], "name": "Record", "credentialSubject": {"achievement": [{"name": "Course"}]}}
    assert readable(record).name == "Record"
