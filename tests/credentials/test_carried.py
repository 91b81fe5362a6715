"""What people hand in when they have a credential: the ways it is carried, and addresses without one."""

import base64
import json
from typing import Any

import pytest

from app.credentials import jwt
from app.credentials.bake import bake
from app.credentials.errors import DataRefused, Unreadable
from app.credentials.verify import verify
from app.credentials.verify.reading import read
from tests.support.credential_samples import badge, key
from tests.support.credential_world import World
from tests.support.ob2 import SITE
from tests.support.verifying import NOW, issuers_world, signed, token

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
BADGE = signed()
TOKEN = jwt.sign(badge(), key())
PACKED = base64.b64encode(json.dumps(BADGE).encode()).decode()
CARRIED: dict[str, Any] = {
    "a token in quotes": json.dumps(TOKEN),
    "a token in the lines of a letter": "\r\n".join(TOKEN[start : start + 76] for start in range(0, len(TOKEN), 76)),
    "a list of one": json.dumps([BADGE]),
    "a list of one token": json.dumps([TOKEN]),
    "VC-API's answer": json.dumps({"verifiableCredential": BADGE}),
    "VC-API's answer with a token": json.dumps({"verifiableCredential": TOKEN}),
    "the Open Badges API's answer": json.dumps({"credential": [BADGE], "compactJwsString": []}),
    "the same, with a token": json.dumps({"credential": [], "compactJwsString": [TOKEN]}),
    "a text that begins with a mark of its order": f"\ufeff{json.dumps(BADGE)}",
    "a data: URL": f"data:application/vc+jwt,{TOKEN}",
    "a data: URL in base64": f"data:application/json;charset=utf-8;base64,{PACKED}",
}


@pytest.mark.parametrize("carried", CARRIED.values(), ids=CARRIED)
async def test_it_is_found_in_what_carries_it(carried: str) -> None:
    world = issuers_world()
    world[f"{SITE}/download"] = carried.encode()
    for content in (carried, f"{SITE}/download"):
        report = await verify(content, NOW, fetch=world.fetch)
        assert (report.verdict, report.facts.name) == ("valid", "Fractions"), report.as_json()


@pytest.mark.parametrize("carried", CARRIED.values(), ids=CARRIED)
async def test_a_forged_one_is_not_valid_however_it_is_carried(carried: str) -> None:
    forged = carried.replace("Fractions", "Doctorate").replace(PACKED, base64.b64encode(b'{"a":1}').decode())
    forged = forged.replace(TOKEN[-40:], TOKEN[-40:].swapcase())
    if forged == carried:  # its lines are broken elsewhere
        forged = carried[:-9] + carried[-9:].swapcase()
    report = await verify(forged, NOW, fetch=issuers_world().fetch)
    assert report.verdict == "invalid", report.as_json()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
async def test_a_file_is_read_in_the_encoding_that_it_says(encoding: str) -> None:
    """Windows writes such files, and without the mark at its beginning nobody could tell."""
    report = await verify(json.dumps(BADGE).encode(encoding), NOW, fetch=issuers_world().fetch)
    assert report.verdict == ("invalid" if encoding == "utf-16-le" else "valid")


async def test_several_at_once_are_left_open_and_asked_for_one_by_one() -> None:
    for content in ([BADGE, BADGE], {"verifiableCredential": [BADGE, BADGE]}):
        report = await verify(json.dumps(content), NOW, fetch=issuers_world().fetch)
        assert (report.verdict, "2 credentials" in report.summary) == ("unconfirmed", True)


@pytest.mark.parametrize("deep", [5, 150])
def test_carriers_inside_carriers_come_to_an_end(deep: int) -> None:
    text = json.dumps(BADGE)
    with pytest.raises(Unreadable):
        read("[" * deep + text + "]" * deep)
    for _ in range(5):
        text = json.dumps(text)
    with pytest.raises(Unreadable):
        read(text)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (404, "status 404"),
        (503, "status 503"),
        (None, "no such host"),
        (b"<!DOCTYPE html>\n<html><body>A badge</body></html>", "a page for people"),
        (b"\n<!-- made by hand --><html lang='en'>", "a page for people"),
        (b"https://issuer.example/other", "leads only to another address"),
    ],
)
async def test_an_address_without_a_badge_says_nothing_against_one(answer: Any, words: str) -> None:
    world = World({} if answer is None else {f"{SITE}/b": answer})
    report = await verify(f"{SITE}/b", NOW, fetch=world.fetch)
    assert (report.verdict, words in report.summary) == ("unconfirmed", True), report.summary


async def test_a_paper_is_checked_by_what_stands_on_it() -> None:
    report = await verify(b"%PDF-1.7\n", NOW)
    assert (report.verdict, "the QR code" in report.summary) == ("unconfirmed", True)


async def test_the_same_badge_twice_in_a_picture_is_one() -> None:
    baked = bake(PIXEL, TOKEN)
    start = baked.index(b"iTXt") - 4
    chunk = baked[start : start + 12 + int.from_bytes(baked[start : start + 4])]
    twice = baked[:start] + chunk + baked[start:]
    assert (await verify(twice, NOW, fetch=issuers_world().fetch)).verdict == "valid"
    other = bake(PIXEL, jwt.sign(badge(name="Other"), key()))
    begins = other.index(b"iTXt") - 4
    two = baked[:start] + other[begins : begins + 12 + int.from_bytes(other[begins : begins + 4])] + baked[start:]
    assert (await verify(two, NOW, fetch=issuers_world().fetch)).verdict == "invalid"


async def test_a_token_with_two_credentials_is_not_valid() -> None:
    claims = badge() | {"vc": badge(name="Doctorate")}
    with pytest.raises(DataRefused, match="'vc' is a claim"):
        jwt.sign(claims, key())
    report = await verify(token(claims), NOW, fetch=issuers_world().fetch)
    assert (report.verdict, "two credentials" in report.summary) == ("invalid", True)
