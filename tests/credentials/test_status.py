"""Status lists: what they say, and lists that are not to be believed."""

import base64
import gzip
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.credentials import jwt, status
from app.credentials.errors import DataRefused
from app.credentials.keys import SigningKey, did_key, did_key_method
from app.credentials.proof import sign
from tests.support.credential_samples import CREATED, ISSUER, badge, key
from tests.support.credential_world import World
from tests.support.verifying import LIST, finding, issuers_world, look, public, revoked, signed


@pytest.fixture
def world() -> World:
    return issuers_world()


@given(st.dictionaries(st.integers(0, status.LEAST - 1), st.integers(0, 3), max_size=20))
def test_a_list_tells_what_was_put_in(entries: dict[int, int]) -> None:
    bitstring = status.unpacked(status.packed(entries, bits=2))
    assert len(bitstring) == status.LEAST // 4
    assert {place: status.value(bitstring, place, 2) for place in entries} == entries
    assert status.value(bitstring, 77, 2) == entries.get(77, 0)


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
    assert "suspended" in finding(await look(signed(credentialStatus=entry), world.fetch), "status")


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
    assert words in finding(report, "status")
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
        assert words in finding(report, "status")
        assert report.verdict == "unconfirmed"


@pytest.mark.parametrize(
    ("purpose", "verdict", "words"),
    [
        ("revocation", "invalid", "It was revoked by its issuer."),
        ("suspension", "invalid", "It is suspended by its issuer"),
        ("revoked", "unconfirmed", "Its issuer has set the status 'revoked' of it"),
        ("withdrawn by the board", "unconfirmed", "Its issuer has set the status 'withdrawn by the board'"),
        ("refresh", "valid", "has a newer version of it"),
        ("message", "valid", "Its issuer says: under review"),
    ],
)
async def test_a_bit_that_is_set_is_told_whatever_its_purpose_is_called(
    world: World, purpose: str, verdict: str, words: str
) -> None:
    world[LIST] = sign(status.bitstring_credential(LIST, ISSUER, purpose, {7: 1}, CREATED), key(), CREATED)
    said_by_it = {"statusMessage": [{"status": "0x1", "message": "under review"}]} if purpose == "message" else {}
    document = badge(credentialStatus=status.bitstring_entry(LIST, 7, purpose) | said_by_it)
    report = await look(sign(document, key(), CREATED), world.fetch)
    assert report.verdict == verdict
    assert words in finding(report, "status")
    unset = await look(signed(credentialStatus=status.bitstring_entry(LIST, 8, purpose)), world.fetch)
    assert unset.verdict == "valid"


async def test_short_and_swapped_lists_clear_nobody_and_tell_what_is_set_on_them(world: World) -> None:
    whole = status.bitstring_credential(LIST, ISSUER, "revocation", {7: 1}, CREATED)
    short = deepcopy(whole)
    bits = gzip.compress(status.unpacked(status.packed({7: 1}))[:8])
    short["credentialSubject"]["encodedList"] = "u" + base64.urlsafe_b64encode(bits).decode().rstrip("=")
    swapped = whole | {"id": "https://issuer.example/status/2"}
    for listed, words in ((short, "STATUS_LIST_LENGTH_ERROR"), (swapped, "is another list")):
        world[LIST] = sign(listed, key(), CREATED)
        clear = await look(signed(credentialStatus=status.bitstring_entry(LIST, 6, "revocation")), world.fetch)
        assert (clear.verdict, words in finding(clear, "status")) == ("unconfirmed", True)
        assert (await look(revoked(), world.fetch)).verdict == "invalid"


async def test_a_list_that_another_keeps(world: World) -> None:
    """The signed credential names it, so its word counts; one that cannot be believed is told all the same."""
    delegate = did_key(public(key(6)))
    keeper = SigningKey(did_key_method(public(key(6))), key(6).private)
    listed = status.bitstring_credential(LIST, delegate, "revocation", {7: 1}, CREATED)
    world[LIST] = sign(listed, keeper, CREATED)
    assert finding(await look(revoked(), world.fetch), "status") == "failed: It was revoked by its issuer."
    clear = await look(signed(credentialStatus=status.bitstring_entry(LIST, 6, "revocation")), world.fetch)
    assert clear.verdict == "valid"
    assert any("kept by another than its issuer" in words for words in clear.leniencies)
    world[LIST] = listed
    report = await look(revoked(), world.fetch)
    assert report.verdict == "unconfirmed"
    assert "On it, the bit for 'revocation' is set" in finding(report, "status")


async def test_every_status_is_asked_and_the_worst_counts(world: World) -> None:
    other = "https://issuer.example/status/2"
    world[other] = sign(status.bitstring_credential(other, ISSUER, "suspension", {}, CREATED), key(), CREATED)
    suspension = status.bitstring_entry(other, 7, "suspension")
    for place, verdict in ((6, "valid"), (7, "invalid")):
        entries = [suspension, status.bitstring_entry(LIST, place, "revocation")]
        assert (await look(signed(credentialStatus=entries), world.fetch)).verdict == verdict
    many = [status.bitstring_entry(LIST, place, "revocation") for place in range(100, 300)]
    report = await look(signed(credentialStatus=many), world.fetch)
    assert (report.verdict, world.asked.count(LIST)) == ("unconfirmed", 3)


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
    assert "by mistake" in finding(await look(proven, world.fetch), "status")
    world[address] = status.revocation_list(address, "https://other.example/", [])
    assert "does not name the issuer" in (await look(proven, world.fetch)).leniencies[0]
    elsewhere = "https://status.example/revocations"
    document["credentialStatus"]["id"] = elsewhere
    proven = sign({name: value for name, value in document.items() if name != "proof"}, key(), CREATED)
    world[elsewhere] = status.revocation_list(elsewhere, "https://other.example/", [])
    assert (await look(proven, world.fetch)).verdict == "unconfirmed"
    world[elsewhere] = status.revocation_list(elsewhere, "https://other.example/", [status.Revoked(document["id"])])
    assert (await look(proven, world.fetch)).verdict == "invalid"
    document["credentialStatus"]["id"] = address
    proven = sign({name: value for name, value in document.items() if name != "proof"}, key(), CREATED)
    world[address] = 404
    assert (await look(proven, world.fetch)).verdict == "unconfirmed"


@pytest.mark.parametrize(
    ("listed", "verdict"),
    [
        ({}, "unconfirmed"),
        ({"error": "not found"}, "unconfirmed"),
        (status.bitstring_credential("https://issuer.example/r", ISSUER, "revocation", {}, CREATED), "unconfirmed"),
        (status.revocation_list("https://issuer.example/another", ISSUER, []), "unconfirmed"),
        (status.revocation_list("https://ISSUER.example/r/", ISSUER, []), "valid"),
        ({"id": "https://issuer.example/r", "issuer": ISSUER}, "valid"),
        ({"issuer": ISSUER, "revokedCredential": [{"id": "https://ISSUER.example/credentials/1"}]}, "invalid"),
        ({"issuer": ISSUER, "revokedCredential": {"id": "http://issuer.example/credentials/1/"}}, "invalid"),
    ],
)
async def test_only_a_list_of_revoked_credentials_clears_anybody(world: World, listed: Any, verdict: str) -> None:
    document = badge(credentialStatus={"id": "https://issuer.example/r", "type": "1EdTechRevocationList"})
    document["@context"] = [*document["@context"], "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"]
    world["https://issuer.example/r"] = listed
    report = await look(sign(document, key(), CREATED), world.fetch)
    assert report.verdict == verdict, report.as_json()
    del document["id"]
    report = await look(sign(document, key(), CREATED), world.fetch)
    assert report.verdict == "unconfirmed"


@pytest.mark.parametrize("name", ["statusListCredential", "statusListIndex", "statusPurpose"])
@pytest.mark.parametrize(
    "written", [lambda value: [value], lambda value: {"id": value}, lambda value: {"@value": value}]
)
async def test_what_is_written_in_another_way_is_told_all_the_same(world: World, name: str, written: Any) -> None:
    """JSON-LD lets whoever has a revoked credential write its status otherwise, and its signature holds."""
    entry = status.bitstring_entry(LIST, 7, "revocation")
    token = jwt.sign(badge(credentialStatus=entry | {name: written(entry[name])}), key())
    assert "revoked" in finding(await look(token, world.fetch), "status")


async def test_the_subject_of_a_list_may_stand_in_a_list_of_one(world: World) -> None:
    listed = status.bitstring_credential(LIST, ISSUER, "revocation", {7: 1}, CREATED)
    world[LIST] = sign(listed | {"credentialSubject": [listed["credentialSubject"]]}, key(), CREATED)
    assert (await look(revoked(), world.fetch)).verdict == "invalid"
    other = status.bitstring_entry(LIST, 8, "revocation")
    assert (await look(signed(credentialStatus=other), world.fetch)).verdict == "valid"


async def test_a_bit_on_a_list_for_another_purpose_is_told(world: World) -> None:
    report = await look(signed(credentialStatus=status.bitstring_entry(LIST, 7, "suspension")), world.fetch)
    assert report.verdict == "unconfirmed"
    assert "the bit for 'suspension' is set" in finding(report, "status")


OWN = badge()["id"]


@pytest.mark.parametrize(
    ("listing", "verdict"),
    [
        ({"revokedCredential": [{"@id": OWN}]}, "invalid"),
        ({"revokedCredential": [{"id": [OWN]}]}, "invalid"),
        ({"revokedCredential": {"id": OWN}}, "invalid"),
        ({"revokedCredentials": [{"id": OWN}]}, "invalid"),
        ({"revokedCredential": [{"reason": "?"}, OWN]}, "invalid"),
        ({"revokedCredential": [{"number": 7}]}, "unconfirmed"),
        ({"revokedCredential": [{"id": "urn:uuid:another"}]}, "valid"),
    ],
)
async def test_whom_the_1edtech_list_names_in_whatever_way(world: World, listing: Any, verdict: str) -> None:
    address = "https://issuer.example/revocations"
    world[address] = {"id": address, "issuer": ISSUER} | listing
    token = jwt.sign(badge(credentialStatus={"id": address, "type": "1EdTechRevocationList"}), key())
    assert (await look(token, world.fetch)).verdict == verdict


OTHER_LIST = "https://issuer.example/status/of-lists"


@pytest.mark.parametrize(("place", "verdict"), [(7, "unconfirmed"), (6, "valid")])
@pytest.mark.parametrize("where", [OTHER_LIST, LIST])
async def test_a_list_that_was_itself_revoked_clears_nobody(world: World, where: str, place: int, verdict: str) -> None:
    """A status list is a credential: another list, or it itself, may say that it was revoked."""
    listed = status.bitstring_credential(LIST, ISSUER, "revocation", {7: 1}, CREATED)
    listed["credentialStatus"] = status.bitstring_entry(where, place, "revocation")
    of_lists = status.bitstring_credential(OTHER_LIST, ISSUER, "revocation", {7: 1}, CREATED)
    world[LIST], world[OTHER_LIST] = sign(listed, key(), CREATED), sign(of_lists, key(), CREATED)
    report = await look(signed(credentialStatus=status.bitstring_entry(LIST, 3, "revocation")), world.fetch)
    assert report.verdict == verdict, report.as_json()
    assert ("was revoked" in finding(report, "status")) == (place == 7)


async def test_lists_in_a_ring_end(world: World) -> None:
    ring = [f"https://issuer.example/status/ring-{number}" for number in range(4)]
    for address, following in zip(ring, [*ring[1:], ring[0]], strict=True):
        listed = status.bitstring_credential(address, ISSUER, "revocation", {7: 1}, CREATED)
        listed["credentialStatus"] = status.bitstring_entry(following, 2, "revocation")
        world[address] = sign(listed, key(), CREATED)
    document = signed(credentialStatus=status.bitstring_entry(ring[0], 3, "revocation"))
    assert (await look(document, world.fetch)).verdict == "valid"
    document = signed(credentialStatus=status.bitstring_entry(ring[0], 7, "revocation"))
    assert (await look(document, world.fetch)).verdict == "invalid"


@pytest.mark.parametrize("more", [{"validUntil": "2026-09-01T12:00:00Z"}, {"validFrom": "2026-09-03T00:00:00Z"}])
async def test_a_list_out_of_its_time_clears_nobody(world: World, more: dict[str, str]) -> None:
    listed = status.bitstring_credential(LIST, ISSUER, "revocation", {7: 1}, CREATED) | more
    world[LIST] = sign(listed, key(), CREATED)
    report = await look(signed(credentialStatus=status.bitstring_entry(LIST, 3, "revocation")), world.fetch)
    assert report.verdict == "unconfirmed"
