"""Related resources: what a credential points to, told by a digest, is compared with what is found (VC 2.0, 5.3)."""

import base64
import hashlib
from typing import Any

import pytest

from app.credentials.contexts import CREDENTIALS_V2, shipped_bytes
from app.credentials.errors import DataRefused
from app.credentials.issue import issue
from app.credentials.keys import base58
from app.credentials.proof import sign
from app.credentials.verify import Report
from tests.support.credential_samples import CREATED, ISSUER, key
from tests.support.verifying import finding, issuers_world, look

FILE = "https://issuer.example/syllabus.pdf"
CONTENT = b"Fractions: add, compare."


def sri(content: bytes, name: str = "sha384") -> str:
    return f"{name}-{base64.b64encode(hashlib.new(name, content).digest()).decode()}"


def multibase(data: bytes) -> str:
    return "u" + base64.urlsafe_b64encode(data).decode().rstrip("=")


def pointing(*resources: Any) -> dict[str, Any]:
    return {
        "@context": [CREDENTIALS_V2],
        "type": ["VerifiableCredential"],
        "issuer": ISSUER,
        "credentialSubject": {"id": "did:example:ada"},
        "relatedResource": list(resources),
    }


async def report_on(*resources: dict[str, Any], content: Any = CONTENT) -> Report:
    world = issuers_world()
    if content is not None:
        world[FILE] = content
    return await look(sign(pointing(*resources), key(), CREATED), world.fetch)


SHA256 = hashlib.sha256(CONTENT).digest()
RIGHT = [
    {"digestSRI": sri(CONTENT)},
    {"digestSRI": f"{sri(CONTENT, 'sha256')} {sri(CONTENT, 'sha512')}?option"},
    {"digestSRI": f"{sri(b'other', 'sha256')} {sri(CONTENT, 'sha512')}"},
    {"digestMultibase": multibase(SHA256)},
    {"digestMultibase": multibase(b"\x12\x20" + SHA256)},
    {"digestMultibase": "z" + base58(b"\x12\x20" + SHA256)},
]
WRONG = [
    {"digestSRI": sri(b"other")},
    {"digestSRI": f"{sri(CONTENT, 'sha256')} {sri(b'other', 'sha512')}"},
    {"digestMultibase": multibase(hashlib.sha256(b"other").digest())},
    {"digestSRI": "md5-AAAA"},
    {"digestSRI": "sha384-AAAA"},
    {"digestSRI": 7},
    {"digestMultibase": "x00"},
    {"digestMultibase": "uAA=="},
    {"digestMultibase": "z" + "1" * 500},
    {"digestSRI": ""},
]


@pytest.mark.parametrize("digest", RIGHT)
async def test_what_is_unchanged_is_told_so(digest: dict[str, Any]) -> None:
    report = await report_on({"id": FILE, **digest})
    assert finding(report, "resources").startswith("passed")
    assert report.verdict == "valid"


@pytest.mark.parametrize("digest", WRONG)
async def test_a_digest_that_does_not_fit_makes_it_invalid(digest: dict[str, Any]) -> None:
    report = await report_on({"id": FILE, **digest})
    assert finding(report, "resources").startswith("failed")
    assert report.verdict == "invalid"


@pytest.mark.parametrize("content", [None, 404])
async def test_what_cannot_be_had_leaves_the_credential_valid_and_is_told(content: Any) -> None:
    report = await report_on({"id": FILE, "digestSRI": sri(CONTENT)}, content=content)
    assert finding(report, "resources").startswith("unknown")
    assert report.verdict == "valid"


async def test_no_more_is_looked_up_than_is_sensible() -> None:
    world = issuers_world()
    many = [{"id": f"{FILE}?{n}", "digestSRI": sri(CONTENT)} for n in range(40)]
    report = await look(sign(pointing(*many), key(), CREATED), world.fetch)
    assert finding(report, "resources").startswith("unknown")
    assert len([address for address in world.asked if address.startswith(FILE)]) == 8


def test_what_is_shipped_is_compared_before_it_is_signed() -> None:
    content = shipped_bytes(CREDENTIALS_V2)
    assert content is not None
    issue(pointing({"id": CREDENTIALS_V2, "digestSRI": sri(content)}), key(), CREATED)
    for digest in WRONG:
        with pytest.raises(DataRefused):
            issue(pointing({"id": CREDENTIALS_V2, **digest}), key(), CREATED)


@pytest.mark.parametrize(
    "resources",
    [
        [FILE],
        [{"digestSRI": sri(CONTENT)}],
        [{"id": "syllabus", "digestSRI": sri(CONTENT)}],
        [{"id": FILE}],
        [{"id": FILE, "digestSRI": sri(CONTENT)}, {"id": FILE, "digestMultibase": multibase(SHA256)}],
    ],
)
def test_what_has_no_digest_or_no_address_of_its_own_is_not_signed(resources: list[Any]) -> None:
    with pytest.raises(DataRefused, match="relatedResource"):
        issue(pointing(*resources), key(), CREATED)
