"""Status lists: what they say, and lists that are not to be believed."""

import base64
import gzip
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.credentials import status
from app.credentials.errors import DataRefused
from app.credentials.proof import sign
from tests.credentials.looking import LIST, issuers_world, look, said, signed
from tests.credentials.samples import CREATED, ISSUER, badge, key
from tests.credentials.world import World


@pytest.fixture
def world() -> World:
    return issuers_world()


@given(st.dictionaries(st.integers(0, status.LEAST - 1), st.integers(0, 3), max_size=20))
def test_a_list_tells_what_was_put_in(entries: dict[int, int]) -> None:
    found = status.unpacked(status.packed(entries, bits=2))
    assert len(found) == status.LEAST // 4
    assert {place: status.value(found, place, 2) for place in entries} == entries
    assert status.value(found, 77, 2) == entries.get(77, 0)


def test_the_first_entry_is_the_first_bit() -> None:
    assert status.unpacked(status.packed({0: 1}))[0] == 0b1000_0000
    assert status.packed({}) == status.packed({})


@pytest.mark.parametrize(
    ("entries", "size"), [({}, 8), ({}, status.LEAST + 1), ({-1: 1}, status.LEAST), ({0: 2}, status.LEAST)]
)
def test_lists_that_would_not_do(entries: dict[int, int], size: int) -> None:
    with pytest.raises(ValueError, match=r"status list|does not fit"):
        status.packed(entries, size)


@pytest.mark.parametrize("text", [None, "u", "u!!", "uAAAA", "u" + "A" * 9_000_000, status.packed({})[:-8]])
def test_texts_that_are_no_list(text: Any) -> None:
    with pytest.raises(DataRefused):
        status.unpacked(text)


async def test_suspended_is_told_apart_from_revoked(world: World) -> None:
    listed = status.bitstring_credential(LIST, ISSUER, "suspension", {7: 1}, CREATED)
    world[LIST] = sign(listed, key(), CREATED)
    entry = status.bitstring_entry(LIST, 7, "suspension")
    assert "suspended" in said(await look(signed(credentialStatus=entry), world.fetch), "status")


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"statusListIndex": "131072"}, "number 131072 is asked"),
        ({"statusListIndex": "-1"}, "is no number"),
        ({"statusListIndex": "9" * 30}, "is no number"),
        ({"statusListIndex": "\u0667"}, "is no number"),
        ({"statusPurpose": "refresh"}, "is not kept for the purpose"),
        ({"statusListCredential": "https://issuer.example/gone"}, "could not be fetched"),
        ({"statusSize": 99}, "is asked"),
    ],
)
async def test_a_status_that_cannot_be_found_out_leaves_it_unconfirmed(
    world: World, entry: dict[str, Any], words: str
) -> None:
    document = signed(credentialStatus=status.bitstring_entry(LIST, 6, "revocation") | entry)
    report = await look(document, world.fetch)
    assert words in said(report, "status")
    assert report.verdict == "unconfirmed"


async def test_a_status_list_that_is_not_to_be_believed(world: World) -> None:
    honest = status.bitstring_credential(LIST, ISSUER, "revocation", {}, CREATED)
    bomb = status.bitstring_credential(LIST, ISSUER, "revocation", {}, CREATED)
    bomb["credentialSubject"]["encodedList"] = "u" + _bomb()
    for listed, words in (
        (honest, "not signed"),
        (sign(honest, key(), CREATED) | {"name": "x"}, "does not fit"),
        (sign(honest, key(2), CREATED), "does not list the key"),
        (sign(honest | {"issuer": "https://other.example/"}, key(), CREATED), "another issuer keeps it"),
        (sign(honest | {"validUntil": "2026-09-01T08:00:00Z"}, key(), CREATED), "expired"),
        (sign(bomb, key(), CREATED), "unpacks to more than"),
        ({"a": 1}, "another issuer"),
        (b"<html>", "neither JSON"),
    ):
        world[LIST] = listed
        report = await look(signed(credentialStatus=status.bitstring_entry(LIST, 6, "revocation")), world.fetch)
        assert words in said(report, "status")
        assert report.verdict == "unconfirmed"


def _bomb() -> str:
    return base64.urlsafe_b64encode(gzip.compress(bytes(200_000_000), 1)).decode().rstrip("=")


async def test_the_1edtech_list(world: World) -> None:
    address = "https://issuer.example/revocations"
    entry = {"id": address, "type": "1EdTechRevocationList"}
    document = badge(credentialStatus=entry)
    document["@context"] = [*document["@context"], "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"]
    proven = sign(document, key(), CREATED)
    world[address] = status.revocation_list(address, ISSUER, [])
    assert (await look(proven, world.fetch)).verdict == "valid"
    world[address] = status.revocation_list(address, ISSUER, [status.Revoked(document["id"], "by mistake")])
    assert "by mistake" in said(await look(proven, world.fetch), "status")
    world[address] = status.revocation_list(address, "https://other.example/", [])
    assert "does not name the issuer" in (await look(proven, world.fetch)).leniencies[0]
    world[address] = 404
    assert (await look(proven, world.fetch)).verdict == "unconfirmed"
