"""Every published sample gives the verdict that its name says, and for the right reason."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.credentials import jwt
from app.credentials.verify import Report, verify
from tests.support.credential_world import World

NOW = datetime(2026, 9, 1, tzinfo=UTC)
LIST = (
    "https://raw.githubusercontent.com/1EdTech/digital-credentials-public-validator/refs/heads/main/"
    "inspector-vc/src/test/resources/ob30/bit-string-list/testlist"
)
CLR_KEY = "z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi"
WELLSPRING = "https://dc.1edtech.org/wellspring2022/wellspring-portal"


def controller(issuer: str, *keys: str) -> dict[str, Any]:
    methods = [
        {"id": f"{issuer}#{key}", "type": "Multikey", "controller": issuer, "publicKeyMultibase": key} for key in keys
    ]
    return {"id": issuer, "verificationMethod": methods, "assertionMethod": [method["id"] for method in methods]}


@pytest.fixture(scope="module")
def world(published: Path) -> World:
    """The issuers of the samples, each listing the keys that the samples were signed with."""
    samples = published / "samples"
    common = "z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi"
    did = "did:web:dc.1edtech.org:wellspring2022:wellspring-portal:org:da1e96e9-afcc-4eed-b9a2-2ddf7353214c"
    documents = World(
        {
            "https://example.com/issuers/876543": controller(
                "https://example.com/issuers/876543",
                common,
                "z6MkvREVgsHx7Ppae68vCoByy73ZD4aMSJiPML2cryVL8JAx",
                "z6MknNHHrBzPytzu6CUBP9Lg7fg4KSBjzimc2Frh693YbMiv",
                "z6MkrvfzkMnvCroEUP2DVc9SHPE48CRsvHiVSusHioxTYu1x",
            ),
            "https://1edtech.edu/issuers/565049": controller("https://1edtech.edu/issuers/565049", common),
            "https://state.gov/issuers/565049": controller(
                "https://state.gov/issuers/565049", "z6MkoMGF38Ck9xkdqrbZt4h9eHb1qc3GhAAkoSWa4Vy3SHRN"
            ),
            f"{WELLSPRING}/org/da1e96e9-afcc-4eed-b9a2-2ddf7353214c/did.json": controller(did, common),
            f"{WELLSPRING}/api/revocations/da1e96e9-afcc-4eed-b9a2-2ddf7353214c": {
                "id": f"{WELLSPRING}/api/revocations/da1e96e9-afcc-4eed-b9a2-2ddf7353214c",
                "issuer": did,
                "revokedCredential": [
                    {"id": f"{WELLSPRING}/credential/54418d3f-ec01-4652-800a-861c890a51a1", "revocationReason": "test"}
                ],
            },
            LIST: (samples / "ob30" / "bit-string-list" / "testlist").read_bytes(),
            "https://example.edu/issuers/565049": controller("https://example.edu/issuers/565049", common, CLR_KEY),
        }
    )
    edu = documents.documents["https://example.edu/issuers/565049"]
    jwk = jwt.read((samples / "clr20" / "simple.jwt").read_text()).header["jwk"]
    edu["verificationMethod"].append({"id": "#rsa", "type": "JsonWebKey", "publicKeyJwk": jwk})
    edu["assertionMethod"].append("#rsa")
    for path in (samples / "ob20" / "assets").iterdir():
        for scheme in ("http", "https"):
            documents[f"{scheme}://example.org/{path.name}"] = path.read_bytes()
    return documents


VERDICTS = [
    ("ob30/simple.json", "valid", None, ""),
    ("ob30/simple-context-alias.json", "valid", None, ""),
    ("ob30/simple-context-version.json", "valid", None, ""),
    ("ob30/simple-did-web-method.json", "valid", None, ""),
    ("ob30/simple-multiple-proofs.json", "valid", None, ""),
    ("ob30/simple-eddsa-2022.json", "valid", None, ""),
    ("ob30/simple_v1.json", "valid", None, ""),
    ("ob30/endorsement-valid.json", "valid", None, ""),
    ("ob30/simple-did-key-method.json", "unconfirmed", "issuer key", "a key that stands for itself"),
    ("ob30/simple.jwt", "invalid", "schema", "achievement"),
    ("ob30/complete_v1.json", "invalid", "period", "expired on 2020-01-01"),
    ("ob30/credential-status-revoked.json", "invalid", "status", "revoked by its issuer: test"),
    ("ob30/bit-string-list/credential-status-revoked.json", "invalid", "status", "revoked by its issuer"),
    ("ob30/bit-string-list/credential-status-revoked-blank-nodes.json", "invalid", "status", "revoked by its issuer"),
    ("ob30/bit-string-list/testlist", "valid", None, ""),
    ("ob30/simple-noproof.json", "invalid", "proof", "not signed"),
    ("ob30/simple-err-context.json", "invalid", "schema", "@context: the first should be"),
    ("ob30/simple-err-credential-subject-type.json", "invalid", "schema", "InvalidAchievementSubject"),
    ("ob30/simple-err-expired.json", "invalid", "period", "expired on 2010-01-01"),
    ("ob30/simple-err-issued.json", "invalid", "period", "not valid before 2040-01-01"),
    ("ob30/simple-err-issuer-type.json", "invalid", "schema", "InvalidProfile"),
    ("ob30/simple-err-issuer.json", "invalid", "schema", "issuer is missing"),
    ("ob30/simple-err-proof-method.json", "invalid", "proof", "is no Multikey"),
    ("ob30/simple-err-proof-value.json", "invalid", "proof", "does not fit"),
    ("ob30/simple-err-type.json", "invalid", "context", "type 'OtherCredential' is not defined"),
    ("clr20/simple.json", "valid", None, ""),
    ("clr20/simple_v1.json", "unconfirmed", "issuer key", "nothing can be looked up at 'urn:uuid"),
    ("clr20/simple.jwt", "valid", None, ""),
    ("clr20/simple-noproof.json", "invalid", "proof", "not signed"),
    ("ob20/basic-assertion.json", "valid", None, ""),
    ("ob20/basic-assertion-with-language.json", "valid", None, ""),
    ("ob20/assertion-with-endorsements.json", "valid", None, ""),
    ("ob20/basic-assertion-expired.json", "invalid", "period", "expired on 2022-11-15"),
    ("ob20/basic-assertion-invalid-context.json", "invalid", "context", "is no context of Open Badges"),
    ("ob20/basic-assertion-invalid-type.json", "invalid", "schema", "OtherAssertion"),
    ("ob20/issuer-compact-iri-validation.json", "invalid", "schema", "no Assertion but 'Issuer'"),
]


def test_no_sample_is_left_out(published: Path) -> None:
    folder = published / "samples"
    names = {
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and "assets" not in path.parts
    }
    assert names == {name for name, *_ in VERDICTS}


@pytest.mark.parametrize(("name", "verdict", "check", "words"), VERDICTS, ids=[case[0] for case in VERDICTS])
async def test_the_verdict_is_what_the_name_says(
    published: Path, world: World, name: str, verdict: str, check: Any, words: str
) -> None:
    content = (published / "samples" / name).read_bytes()
    if name.startswith("ob20"):
        world["https://example.org/beths-robotics-badge.json"] = content
    report = await verify(content, NOW, fetch=world.fetch)
    assert report.verdict == verdict, in_words(report)
    if check is not None:
        answer = report.check(check)
        assert answer is not None
        assert answer.outcome == ("failed" if verdict == "invalid" else "unknown"), in_words(report)
        assert words in answer.message
    assert json.dumps(report.as_json())


def in_words(report: Report) -> str:
    """The report, to read where a test fails."""
    return json.dumps(report.as_json(), indent=1)
