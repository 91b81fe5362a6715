"""The inputs of the W3C Verifiable Credentials 2.0 test suite: those that should pass do, those that should fail do."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from app.credentials import contexts, jwt
from app.credentials.contexts import CLR, CREDENTIALS_V2, OPEN_BADGES, OPEN_BADGES_EXTENSIONS
from app.credentials.errors import CredentialError, DataRefused
from app.credentials.issue import issue
from app.credentials.jsonld import canonize
from app.credentials.proof import sign
from app.credentials.verify import Person, shape, verify
from app.credentials.verify.recipient import hashed
from app.credentials.verify.vc import text
from app.errors import ConfigError
from tests.support.credential_samples import CREATED, ISSUER, badge, key
from tests.support.verifying import NOW, issuers_world, look, signed

INPUTS = 120


def inputs(published: Path) -> dict[str, dict[str, Any]]:
    """The inputs, with what the suite's runner fills in: an issuer, dates."""
    folder = published / "vectors" / "w3c-vcdm2-suite-input"
    documents = {}
    for path in sorted(folder.rglob("*.json")):
        text = (
            path.read_text().replace("PAST DATE", "2020-01-01T00:00:00Z").replace("FUTURE DATE", "2040-01-01T00:00:00Z")
        )
        document = json.loads(text)
        if not path.name.startswith("presentation") and "no-issuer" not in path.name:
            issuer = document.setdefault("issuer", "https://issuer.example/")
            if isinstance(issuer, dict):
                issuer.setdefault("id", "https://issuer.example/")
        documents[path.name] = document
    return documents


def refused(name: str, document: dict[str, Any]) -> bool:
    """Whether we would refuse to issue a credential, or to take a presentation."""
    try:
        if name.startswith("presentation"):
            if list(shape.presentation_problems(document)):
                return True
            canonize({name: value for name, value in document.items() if name != "proof"})
        else:
            issue({name: value for name, value in document.items() if name != "proof"}, key(), CREATED)
            return bool(list(shape.problems(document)))
    except CredentialError:
        return True
    return False


def test_every_input_of_the_suite(published: Path) -> None:
    documents = inputs(published)
    assert len(documents) == INPUTS
    wrong = [name for name, document in documents.items() if refused(name, document) != ("-fail" in name)]
    assert wrong == []


@pytest.mark.parametrize("date", ["2026-02-30T00:00:00Z", "2026-01-01", "now", 7, "2026-01-01T25:00:00Z"])
def test_dates_that_are_none(date: Any) -> None:
    document = {"@context": [], "validFrom": date}
    assert any("validFrom" in words for words in shape.problems(document))


def test_a_credential_with_a_bad_form_is_not_issued() -> None:
    with pytest.raises(DataRefused, match="would be refused elsewhere"):
        issue({"@context": ["https://www.w3.org/ns/credentials/v2"]}, key(), CREATED)


# What only the official schema finds


SCHEMA = {
    "id": "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json",
    "type": "1EdTechJsonSchemaValidator2019",
}
NAMED = {"credentialSchema": [SCHEMA], "@context": [*badge()["@context"], OPEN_BADGES_EXTENSIONS]}


@pytest.mark.parametrize("named", [True, False])
async def test_the_schema_decides_where_the_credential_names_it(named: bool) -> None:
    issuer = badge()["issuer"] | {"image": "https://issuer.example/logo.png"}
    more = NAMED if named else {}
    report = await look(signed(issuer=issuer, **more), issuers_world().fetch)
    assert report.verdict == ("invalid" if named else "valid")
    if not named:
        assert any("issuer.image" in words for words in report.leniencies)


async def test_null_says_nothing_where_the_schema_decides() -> None:
    """As Credly writes an alignment without a description."""
    target = {"type": "Alignment", "targetName": "A", "targetUrl": "https://x.example/a", "targetDescription": None}
    subject = badge()["credentialSubject"]
    own = subject | {"achievement": subject["achievement"] | {"alignment": [target]}}
    report = await look(signed(credentialSubject=own, **NAMED), issuers_world().fetch)
    assert report.verdict == "valid", report.as_json()
    assert "alignment.targetDescription is null, as if it were not there" in report.leniencies
    nameless = subject | {"achievement": subject["achievement"] | {"name": None}}
    assert (await look(signed(credentialSubject=nameless, **NAMED), issuers_world().fetch)).verdict == "invalid"


@pytest.mark.parametrize("more", [{}, NAMED])
async def test_kinds_of_achievements_of_its_own(more: dict[str, Any]) -> None:
    subject = badge()["credentialSubject"]
    for kind, remarks in (("MicroCredential", 0), ("ext:Boost", 0), ("Boost", 1)):
        own = subject | {"achievement": subject["achievement"] | {"achievementType": kind}}
        report = await look(signed(credentialSubject=own, **more), issuers_world().fetch)
        assert (report.verdict, len(report.leniencies)) == ("valid", remarks), report.as_json()


async def test_a_badge_says_whose_it_is_and_what_for() -> None:
    subject = badge()["credentialSubject"]
    nobody = {name: value for name, value in subject.items() if name != "id"}
    identity = {
        "type": "IdentityObject",
        "hashed": False,
        "identityHash": "ada@example.org",
        "identityType": "emailAddress",
    }
    for claimed, verdict in (
        (nobody, "invalid"),
        (nobody | {"identifier": [identity]}, "valid"),
        ({name: value for name, value in subject.items() if name != "achievement"}, "invalid"),
    ):
        assert (await look(signed(credentialSubject=claimed), issuers_world().fetch)).verdict == verdict
    plain = {"@context": [CREDENTIALS_V2], "type": ["VerifiableCredential"], "issuer": ISSUER}
    about = sign(plain | {"credentialSubject": {"name": "nobody"}}, key(), CREATED)
    assert (await look(about, issuers_world().fetch)).verdict == "valid"


NOBODY: list[Any] = [
    {"identifier": []},
    {"identifier": [{"type": "IdentityObject"}]},
    *({"identifier": [{"type": "IdentityObject", "hashed": False, "identityHash": text}]} for text in (None, "", " ")),
    {"identifier": [{"type": "IdentityObject", "hashed": True, "identityHash": "sha256$"}]},
    {"id": "did:"},
    {"id": "urn:uuid:"},
]


@pytest.mark.parametrize("more", NOBODY)
async def test_who_is_named_by_nothing_is_nobody(more: dict[str, Any]) -> None:
    plain = {name: value for name, value in badge()["credentialSubject"].items() if name != "id"}
    for subject in (plain | more, [badge()["credentialSubject"], plain | more]):
        report = await look(signed(credentialSubject=subject), issuers_world().fetch)
        assert report.verdict == "invalid", report.as_json()


@pytest.mark.parametrize(
    ("claimed", "verdict"), [({}, "invalid"), ({"id": "did:"}, "invalid"), ({"name": "Taylor Tuna"}, "unconfirmed")]
)
async def test_a_learner_record_says_whose_it_is_too(claimed: dict[str, Any], verdict: str) -> None:
    """CLR 2.0, ClrSubject: either an id or an identifier, though each badge inside it names somebody."""
    of_learner = {"type": ["ClrSubject"], "verifiableCredential": [signed()]}
    contexts = [CREDENTIALS_V2, CLR, OPEN_BADGES]
    record = {"@context": contexts, "type": ["VerifiableCredential", "ClrCredential"]}
    for subject, expected in (
        (of_learner | claimed, verdict),
        (of_learner | {"id": badge()["credentialSubject"]["id"]}, "valid"),
    ):
        document = {**badge(credentialSubject=subject, id="https://issuer.example/records/1"), **record}
        report = await look(sign(document, key(), CREATED), issuers_world().fetch)
        assert report.verdict == expected, report.as_json()


async def test_who_is_named_by_a_name_alone_is_unconfirmed() -> None:
    """So do most fixtures of the DCC: it is nobody's proof, and nothing speaks against it."""
    plain = {name: value for name, value in badge()["credentialSubject"].items() if name != "id"}
    for name, verdict in (("Taylor Tuna", "unconfirmed"), (" ", "invalid"), (7, "invalid"), (None, "invalid")):
        for subject in (plain | {"name": name}, [badge()["credentialSubject"], plain | {"name": name}]):
            report = await look(signed(credentialSubject=subject), issuers_world().fetch)
            assert report.verdict == verdict, report.as_json()
    forged = signed(credentialSubject=plain | {"name": "Taylor Tuna"}) | {"name": "PhD"}
    assert (await look(forged, issuers_world().fetch)).verdict == "invalid"


async def test_an_end_that_is_null_is_none_and_of_two_ends_the_first_counts() -> None:
    for more, verdict in (
        ({"validUntil": None}, "valid"),
        ({"validUntil": "2099-01-01T00:00:00Z", "expirationDate": "2021-01-01T00:00:00Z"}, "invalid"),
        ({"validUntil": None, "expirationDate": "2021-01-01T00:00:00Z"}, "invalid"),
    ):
        report = await look(jwt.sign(badge(**more), key()), issuers_world().fetch)
        assert report.verdict == verdict, report.as_json()


# Contexts that are not known


def boost(address: str) -> dict[str, Any]:
    """A badge as a wallet makes them, with a context of its own."""
    return badge(**{"@context": [*badge()["@context"], address], "https://boosts.example/look": "round"})


async def test_an_unknown_context_leaves_it_unconfirmed_until_the_operator_adds_it(tmp_path: Path) -> None:
    address = f"https://boosts.example/{tmp_path.name}.json"
    content = json.dumps({"@context": {"shape": "https://boosts.example/shape"}}).encode()
    (tmp_path / "boosts.json").write_bytes(content)
    plain = boost(address)
    assert (await look(plain | {"proof": signed()["proof"]}, issuers_world().fetch)).verdict == "unconfirmed"
    row = {"file": "boosts.json", "sha256": hashlib.sha256(content).hexdigest()}
    (tmp_path / "contexts.json").write_text(json.dumps({address: row}))
    try:
        assert contexts.add(tmp_path) == 1
        proven = sign(plain | {"shape": "round"}, key(), CREATED)
        assert (await look(proven, issuers_world().fetch)).verdict == "valid"
        assert (await look(proven | {"shape": "square"}, issuers_world().fetch)).verdict == "invalid"
    finally:
        contexts.ADDED.pop(address, None)
    (tmp_path / "boosts.json").write_bytes(content + b" ")
    with pytest.raises(ConfigError, match="has the SHA-256"):
        contexts.add(tmp_path)
    (tmp_path / "contexts.json").write_text("[]")
    with pytest.raises(ConfigError, match=r"contexts\.json"):
        contexts.add(tmp_path)


def test_an_added_context_changes_none_that_is_shipped(tmp_path: Path) -> None:
    (tmp_path / "own.json").write_text('{"@context": {"name": "https://schema.org/description"}}')
    row = {"file": "own.json", "sha256": hashlib.sha256((tmp_path / "own.json").read_bytes()).hexdigest()}
    (tmp_path / "contexts.json").write_text(json.dumps({CREDENTIALS_V2: row}))
    assert contexts.add(tmp_path) == 0
    assert CREDENTIALS_V2 not in contexts.ADDED


# Texts in several languages


async def test_a_name_in_several_languages() -> None:
    words = {"fr": "Algèbre", "en": "Algebra"}
    token = jwt.sign(badge(name=words), key())
    report = await look(token, issuers_world().fetch)
    assert (report.verdict, report.facts.name) == ("valid", "Algebra"), report.as_json()
    assert text({"@none": ["x"], "fr": "y"}) == "x"
    assert text([{"@value": "x", "@language": "fr"}]) == "x"
    assert text({"fr": ["y", "z"]}) == "y"
    assert text({"fr": {}}) is None


ADA = "ada@example.org"
HASH = hashed(ADA, "salt")
WAYS: list[dict[str, Any]] = [
    {"hashed": True, "identityHash": HASH},
    {"hashed": True, "identityHash": HASH.replace("sha256", "SHA-256").upper()},
    {"hashed": True, "identityHash": HASH.partition("$")[2]},
    {"hashed": "true", "identityHash": hashed(ADA, "salt", "sha512")},
    {"hashed": False, "identityHash": f" {ADA.title()} "},
    {"hashed": False, "identityHash": f"mailto:{ADA}"},
]


@pytest.mark.parametrize("way", WAYS)
async def test_however_an_address_is_written_it_is_its_owners(way: dict[str, Any]) -> None:
    identity = {"type": "IdentityObject", "identityType": "emailAddress", "salt": "salt"} | way
    subject = {name: value for name, value in badge()["credentialSubject"].items() if name != "id"}
    token = jwt.sign(badge(credentialSubject=subject | {"identifier": [identity]}), key())
    verdicts = {
        address: (await verify(token, NOW, fetch=issuers_world().fetch, person=Person(frozenset({address})))).verdict
        for address in (ADA, "eve@example.org")
    }
    assert verdicts == {ADA: "valid", "eve@example.org": "invalid"}
