"""Open Badges as they are pushed: what is read, what is refused and why, and that nothing is believed."""

import base64
import contextlib
import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import MappingError
from connectors.fields import Fields
from connectors.open_badges import connector
from connectors.open_badges.model import BadgeSubmission
from schemas import Achievement, AnyRecord, Credential, Evidence, Person, Result

FIXTURES = Path(__file__).parents[2] / "connectors/open_badges/fixtures/credentials"
ITEMS: dict[str, dict[str, Any]] = {
    item["id"]: item for item in json.loads((FIXTURES / "page.json").read_text("utf-8"))
}
[STREAM] = connector.streams
LEARNER = {"identifiers": [{"type": "program", "value": "P-1"}]}


def copy(item: Any) -> Any:
    return json.loads(json.dumps(item))


def mapped(item: dict[str, Any]) -> list[AnyRecord]:
    fields = Fields(copy(item))
    records = list(STREAM.map(fields))
    assert list(fields.left()) == []
    return records


def badge(item: dict[str, Any]) -> Credential:
    [credential] = [record for record in mapped(item) if isinstance(record, Credential)]
    return credential


def token(payload: Any) -> str:
    header, body = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in ({"alg": "none"}, payload)
    )
    return f"{header}.{body}.c2ln"


def test_the_fixtures_map_whole_and_the_same_each_time() -> None:
    records = [record for item in ITEMS.values() for record in mapped(item)]
    assert records == [record for item in ITEMS.values() for record in mapped(item)]
    assert json.loads(msgspec.json.encode(records)) == json.loads((FIXTURES / "expected.json").read_text("utf-8"))


def test_no_badge_is_believed() -> None:
    credentials = [badge(item) for item in ITEMS.values()]
    assert {credential.verification for credential in credentials} == {"unverified"}
    assert all("not been checked" in (credential.verification_note or "") for credential in credentials)


def test_a_badge_class_that_is_only_an_address_is_not_fetched_but_named() -> None:
    records = mapped(ITEMS["ob2-referenced"])
    assert not [record for record in records if isinstance(record, Achievement)]
    assert badge(ITEMS["ob2-referenced"]).achievement == "https://example.org/robotics-badge.json"


def test_a_token_says_what_the_same_credential_says() -> None:
    plain = ITEMS["ob3-results"]["credential"]
    with_claims = token({**plain, "iss": "did:web:program.example.org", "exp": 1790000000})
    inside_vc = token({"vc": plain, "iss": "did:web:program.example.org", "jti": plain["id"], "nbf": 1790985600.0})
    for written in (with_claims, inside_vc):
        records = mapped({**ITEMS["ob3-results"], "credential": written})
        expected = mapped(ITEMS["ob3-results"])
        assert records[1:] == expected[1:]
        assert msgspec.structs.replace(records[0], format="") == msgspec.structs.replace(expected[0], format="")


def test_claims_of_a_token_complete_its_credential() -> None:
    item = {
        "id": "1",
        "learner": LEARNER,
        "credential": token({"vc": vc(), "iss": "https://i.example", "jti": "urn:x", "nbf": 1}),
    }
    credential = badge(item)
    assert (credential.uri, credential.issuer and credential.issuer.id, str(credential.issued_at)) == (
        "urn:x",
        "https://i.example",
        "1970-01-01 00:00:01+00:00",
    )


def vc(**more: Any) -> dict[str, Any]:
    return {
        "@context": ["https://www.w3.org/2018/credentials/v1"],
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "credentialSubject": {"achievement": {"id": "urn:a", "name": "A"}},
        **more,
    }


def test_what_a_token_holds_beyond_the_standard_stays_with_the_credential() -> None:
    credential = badge(
        {"id": "1", "learner": LEARNER, "credential": token(vc(issuer="https://i.example", mood="proud"))}
    )
    assert credential.extensions == {"credential.mood": "proud"}


def test_results_keep_their_scale_and_their_words() -> None:
    results = [record for record in mapped(ITEMS["ob3-results"]) if isinstance(record, Result)]
    assert [(r.title, r.score, r.minimum, r.maximum, r.unit, r.level, r.text_score, r.passed) for r in results] == [
        ("Judges' score", 26.5, 0, 30, "RawScore", None, None, None),
        ("Rubric", None, None, None, "RubricCriterionLevel", "3", None, None),
        ("Debate 2", None, None, None, None, None, "Failed", False),
    ]


@pytest.mark.parametrize(
    ("email", "note"), [("Ada.Sample@example.org", "is the learner's"), ("ben.sample@example.org", "is another")]
)
@pytest.mark.parametrize("algorithm", ["sha256", "md5", ""])
def test_a_recipient_told_by_email_or_its_hash_is_compared_with_the_learner(
    email: str, note: str, algorithm: str
) -> None:
    identity = "ada.sample@example.org"
    if algorithm:
        identity = f"{algorithm}${hashlib.new(algorithm, (identity + 'salt').encode()).hexdigest()}"
    item = copy(ITEMS["ob2-referenced"])
    item["learner"]["identifiers"].append({"type": "email", "value": email})
    item["credential"]["recipient"] = {"type": "email", "hashed": bool(algorithm), "salt": "salt", "identity": identity}
    assert note in (badge(item).verification_note or "")


def test_badges_sent_to_one_family_address_are_not_one_learner() -> None:
    item = ITEMS["ob2-in-the-wild"]
    keys = {r.key for i in ("a", "b") for r in mapped({**item, "id": i}) if isinstance(r, Person)}
    assert keys == {"document:a", "document:b"}


def test_a_hashed_recipient_needs_a_learner() -> None:
    item = {name: value for name, value in ITEMS["ob2-referenced"].items() if name != "learner"}
    with pytest.raises(MappingError, match="only by a hash: name the learner"):
        mapped(item)


def test_a_national_identity_number_is_not_taken() -> None:
    item = copy(ITEMS["ob3-vc2"])
    item["credential"]["credentialSubject"]["identifier"] = [
        {
            "type": "IdentityObject",
            "hashed": False,
            "identityHash": "123-45-6789",
            "identityType": "nationalIdentityNumber",
        }
    ]
    assert "123-45-6789" not in msgspec.json.encode(mapped(item)).decode()


def test_withdrawing_reaches_everything_but_the_learner_and_the_achievement() -> None:
    records = mapped({**ITEMS["ob3-results"], "withdrawn": True})
    assert all(r.withdrawn for r in records if isinstance(r, Credential | Evidence | Result))
    assert not any(r.withdrawn for r in records if isinstance(r, Person | Achievement))


@pytest.mark.parametrize(
    ("credential", "complaint"),
    [
        (None, "credential is missing"),
        (7, "'credential': 7 is neither an object nor a text"),
        ("hello", "compact JWS of three parts"),
        ("a.b.c", "header is not JSON"),
        (token([1]), "payload is not JSON"),
        (token({"vc": 5}), "the token's claims will not do"),
        ({"jws": "x"}, "compact JWS of three parts"),
        ([vc(), vc()], "one submission is about one"),
        ({"type": "BadgeClass"}, "BadgeClass is no badge that was awarded"),
        (vc(issuer="https://i.example", credentialSubject=[{}, {}]), "subjects: one submission is about one"),
        (vc(issuer="https://i.example", validFrom="soon"), "'credential.validFrom': 'soon' is not a date-time"),
        (vc(issuer="https://i.example", validFrom=2**40), "is no moment"),
        (vc(issuer="urn:i", credentialSubject={"achievement": {"id": "urn:a"}}), "achievement.name' is missing"),
        (vc(issuer="urn:i", credentialSubject={"result": {"status": "Great"}}), "'Great' is not one of Completed"),
        ({"@context": "https://w3id.org/openbadges/v2", "badge": {"id": "x", "image": "y"}}, "badge.name is missing"),
        (vc(issuer="https://i.example", name="a\x00"), "NUL"),
        (token(vc(issuer="https://i.example", name="a\x00")), "NUL"),
    ],
)
def test_what_is_no_badge_is_refused_with_the_reason(credential: Any, complaint: str) -> None:
    with pytest.raises(MappingError, match=complaint):
        mapped({"id": "1", "learner": LEARNER, "credential": credential})


def test_a_token_that_nests_without_end_is_refused() -> None:
    body = base64.urlsafe_b64encode(b'{"a":' * 5000 + b"1" + b"}" * 5000).rstrip(b"=").decode()
    with pytest.raises(MappingError, match="payload is not JSON"):
        mapped({"id": "1", "learner": LEARNER, "credential": f"e30.{body}.x"})


def learner_record(*inside: Any, **more: Any) -> dict[str, Any]:
    subject = {"type": ["ClrSubject"], "id": "did:example:ada", "verifiableCredential": list(inside), **more}
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential", "ClrCredential"],
        "id": "urn:uuid:clr",
        "name": "Spring",
        "issuer": {"id": "https://i.example", "name": "I"},
        "credentialSubject": subject,
    }


def test_each_credential_in_a_learner_record_is_an_entry() -> None:
    badge_ = ITEMS["ob3-results"]["credential"]
    enveloped = {"id": f"data:application/vc+jwt,{token(badge_)}", "type": "EnvelopedVerifiableCredential"}
    odd = {**vc(issuer="urn:i", id="urn:degree"), "type": ["VerifiableCredential", "DegreeCredential"]}
    associations = [{"type": "Association", "associationType": "isChildOf", "sourceId": "urn:a", "targetId": "urn:b"}]
    achievement = {"id": "urn:b", "type": ["Achievement"], "name": "B"}
    inside = [badge_, token(badge_), enveloped, odd, 7, "x"]
    records = mapped(
        {"id": "1", "credential": learner_record(*inside, association=associations, achievement=[achievement])}
    )
    assert isinstance(records[0], Credential)
    assert isinstance(records[1], Person)
    assert records[1].key == "did:did:example:ada"
    assert records[0].extensions == {"association": associations}
    formats = [r.format for r in records if isinstance(r, Credential)]
    assert formats == [
        "CLR 2.0, VC 2.0",
        "OB 3.0, VC 2.0",
        "OB 3.0, VC 2.0",
        "OB 3.0, VC 2.0",
        "DegreeCredential, VC 1.1",
        "unreadable",
        "unreadable",
    ]
    assert len({r.key for r in records if isinstance(r, Credential | Result | Evidence)}) == len(
        [r for r in records if isinstance(r, Credential | Result | Evidence)]
    )
    assert "urn:b" in [r.key for r in records if isinstance(r, Achievement)]
    assert len([r for r in records if isinstance(r, Result)]) == 9


def test_a_published_learner_record_is_read(shared: Path) -> None:
    for name, inside in (("simple.json", "OB 3.0, VC 2.0"), ("simple_v1.json", "OB 3.0, VC 1.1")):
        document = json.loads((shared / "data/credentials/samples/clr20" / name).read_text())
        records = mapped({"id": "1", "learner": LEARNER, "credential": document})
        whole, *others = [r for r in records if isinstance(r, Credential)]
        assert whole.format is not None
        assert whole.format.startswith("CLR 2.0")
        assert {r.format for r in others} == {inside}


def test_the_schema_has_an_example_that_maps() -> None:
    schema = BadgeSubmission.model_json_schema()
    assert {"id", "learner", "credential"} <= schema["properties"].keys()
    assert badge(schema["examples"][0]).name == "Robotics 1"


READ = {
    "ob20/assertion-with-endorsements.json": "OB 2.0",
    "ob20/basic-assertion-expired.json": "OB 2.0",
    "ob20/basic-assertion-with-language.json": "OB 2.0",
    "ob20/basic-assertion.json": "OB 2.0",
    "ob30/bit-string-list/credential-status-revoked-blank-nodes.json": "OB 3.0, VC 2.0",
    "ob30/bit-string-list/credential-status-revoked.json": "OB 3.0, VC 2.0",
    "ob30/complete_v1.json": "OB 3.0, VC 1.1",
    "ob30/credential-status-revoked.json": "OB 3.0, VC 1.1",
    "ob30/simple-context-alias.json": "OB 3.0, VC 2.0",
    "ob30/simple-context-version.json": "OB 3.0, VC 2.0",
    "ob30/simple-did-key-method.json": "OB 3.0, VC 2.0",
    "ob30/simple-did-web-method.json": "OB 3.0, VC 2.0",
    "ob30/simple-eddsa-2022.json": "OB 3.0, VC 1.1",
    "ob30/simple-err-expired.json": "OB 3.0, VC 2.0",
    "ob30/simple-err-issued.json": "OB 3.0, VC 2.0",
    "ob30/simple-err-proof-method.json": "OB 3.0, VC 2.0",
    "ob30/simple-err-proof-value.json": "OB 3.0, VC 2.0",
    "ob30/simple-multiple-proofs.json": "OB 3.0, VC 2.0",
    "ob30/simple-noproof.json": "OB 3.0, VC 1.1",
    "ob30/simple.json": "OB 3.0, VC 2.0",
    "ob30/simple.jwt": "OB 3.0, VC 1.1, JWS",
    "ob30/simple_v1.json": "OB 3.0, VC 1.1",
}
REFUSED = {
    "ob20/basic-assertion-invalid-context.json": "is no Open Badges context",
    "ob20/basic-assertion-invalid-type.json": "'OtherAssertion' is not what a learner was awarded",
    "ob20/issuer-compact-iri-validation.json": "Issuer is no badge",
    "ob30/bit-string-list/testlist": "BitstringStatusListCredential, VerifiableCredential' is no badge",
    "ob30/endorsement-valid.json": "EndorsementCredential, VerifiableCredential' is no badge",
    "ob30/simple-err-context.json": "names no W3C credentials context",
    "ob30/simple-err-credential-subject-type.json": "is no AchievementSubject",
    "ob30/simple-err-issuer-type.json": "its type should be Profile",
    "ob30/simple-err-issuer.json": "credential.issuer is missing",
    "ob30/simple-err-type.json": "'OtherCredential, VerifiableCredential' is no badge",
}


def verdict(path: Path) -> str:
    text = path.read_text("utf-8").strip()
    credential = json.loads(text) if text.startswith(("{", "[")) else text
    try:
        [read] = [
            r
            for r in STREAM.map(Fields({"id": "1", "learner": copy(LEARNER), "credential": credential}))
            if isinstance(r, Credential)
        ]
    except MappingError as error:
        return f"refused: {error}"
    return f"read: {read.format}"


def test_every_published_sample_is_read_or_refused_with_its_reason(shared: Path) -> None:
    samples = shared / "data/credentials/samples"
    files = [
        path
        for folder in ("ob20", "ob30")
        for path in sorted((samples / folder).rglob("*"))
        if path.is_file() and "assets" not in path.parts
    ]
    verdicts = {path.relative_to(samples).as_posix(): verdict(path) for path in files}
    assert {name for name, words in verdicts.items() if words.startswith("read")} == READ.keys()
    assert {name: words for name, words in verdicts.items() if name in READ} == {
        n: f"read: {v}" for n, v in READ.items()
    }
    assert verdicts.keys() - READ.keys() == REFUSED.keys()
    for name, reason in REFUSED.items():
        assert reason in verdicts[name], name


def test_what_is_published_beside_the_badges_is_refused(shared: Path) -> None:
    verdicts = [verdict(path) for path in sorted((shared / "data/credentials/samples/ob20/assets").glob("*.json"))]
    assert len(verdicts) == 40
    assert all(words.startswith("refused") for words in verdicts)


NAMES = [
    "@context",
    "id",
    "type",
    "issuer",
    "validFrom",
    "credentialSubject",
    "achievement",
    "result",
    "evidence",
    "badge",
    "recipient",
    "identity",
    "hashed",
    "alignment",
    "criteria",
    "image",
    "name",
    "value",
    "status",
    "issuedOn",
    "jws",
    "identifier",
    "resultDescription",
    "rubricCriterionLevel",
    "revoked",
    "tags",
    "salt",
]
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=6),
    st.sampled_from(["\ud800", "\x00", "Assertion", "Profile", "urn:a", 2**63, "a.b.c", "sha256$00"]),
)
trees = st.recursive(
    leaves,
    lambda t: st.lists(t, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=3), t, max_size=4),
    max_leaves=10,
)


@settings(max_examples=300)
@given(st.sampled_from(sorted(ITEMS)), st.data())
def test_any_damage_to_a_badge_maps_or_is_a_mapping_error(name: str, data: st.DataObject) -> None:
    item = copy(ITEMS[name])
    if isinstance(item["credential"], dict):
        credential = item["credential"]
        for _ in range(data.draw(st.integers(0, 3))):
            inner = [value for value in credential.values() if isinstance(value, dict)]
            credential = data.draw(st.sampled_from(inner)) if inner else credential
        credential |= data.draw(st.dictionaries(st.sampled_from(NAMES), trees, max_size=3))
    else:
        item["credential"] = token(data.draw(trees.filter(lambda t: "NaN" not in json.dumps(t))))
    with contextlib.suppress(MappingError):
        records = list(STREAM.map(Fields(item)))
        assert isinstance(records[0], Credential)
        assert isinstance(records[1], Person)
        msgspec.json.encode(records)
