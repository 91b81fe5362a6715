"""Every moment that the data model allows has a place in time, and a verdict."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OKPKey

from app.credentials import jwt
from app.credentials.moments import FIRST, LAST, loose_moment, moment
from app.credentials.proof import sign
from tests.support.credential_samples import CREATED, badge, key
from tests.support.verifying import NOW, finding, issuers_world, look, signed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9999-12-31T23:59:59Z", LAST),
        ("9999-12-31T23:59:59-14:00", LAST),
        ("0001-01-01T00:00:00Z", FIRST),
        ("0001-01-01T00:00:00+14:00", FIRST),
        ("0000-02-29T00:00:00Z", FIRST),
        ("-0044-03-15T12:00:00Z", FIRST),
        ("12026-09-01T08:00:00Z", LAST),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2026-09-01T24:00:00Z", datetime(2026, 9, 1, 23, 59, 59, tzinfo=UTC)),
        ("2026-09-01T08:00:00.123456789+02:00", datetime(2026, 9, 1, 6, 0, 0, 123456, tzinfo=UTC)),
        ("2026-09-01T08:00:00", datetime(2026, 9, 1, 8, tzinfo=UTC)),
        ("2026-02-29T08:00:00Z", None),
        ("2025-00-01T08:00:00Z", None),
        ("11999-02-29T08:00:00Z", None),
        ("2026-09-01T25:00:00Z", None),
        ("2026-09-01T24:00:01Z", None),
        ("2026-09-01T08:00:00+99:00", None),
        ("\u0662026-09-01T08:00:00Z", None),
        ("2026-09-01", None),
    ],
)
def test_moments(text: str, expected: datetime | None) -> None:
    assert moment(text) == expected


def test_older_badges_write_dates_and_seconds() -> None:
    assert loose_moment("2012-05-01") == datetime(2012, 5, 1, tzinfo=UTC)
    assert loose_moment(1398866549) == datetime(2014, 4, 30, 14, 2, 29, tzinfo=UTC)
    assert loose_moment("1398866549") == loose_moment(1398866549000) == loose_moment(1398866549)
    assert [loose_moment(value) for value in (True, -1, 10**13, "139", "soon", None)] == [None] * 6


STAMPS = st.from_regex(
    r"(-?[0-9]{4,6}|0001|9999)-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-4]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]{1,9})?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?",
    fullmatch=True,
)


@given(STAMPS, STAMPS)
async def test_every_moment_gets_a_verdict(begins: str, ends: str) -> None:
    document = sign(badge(validFrom=begins, validUntil=ends), key(), CREATED)
    report = await look(document, issuers_world().fetch)
    assert report.verdict in ("valid", "invalid")
    assert report.as_json()


@given(st.sampled_from(["nbf", "exp", "iat"]), st.one_of(st.integers(), st.floats(allow_nan=False)))
async def test_every_claim_that_is_a_time_gets_a_verdict(claim: str, value: float) -> None:
    private = OKPKey.import_key(key().private)
    content = json.dumps(badge() | {claim: value}).encode()
    token = jws.serialize_compact({"alg": "EdDSA", "kid": key().id}, content, private, registry=jwt.REGISTRY)
    verdict = (await look(token, issuers_world().fetch)).verdict
    assert verdict in ("valid", "invalid") or (claim == "iat" and verdict == "unconfirmed")  # signed on a day to come


async def test_it_never_expires() -> None:
    for until in ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00"):
        assert (await look(signed(validUntil=until), issuers_world().fetch)).verdict == "valid"


@pytest.mark.parametrize(
    ("created", "verdict"),
    [(NOW + timedelta(minutes=4), "valid"), (NOW + timedelta(minutes=6), "unconfirmed"), (CREATED, "valid")],
)
async def test_a_proof_of_a_day_to_come_is_not_what_it_says(created: datetime, verdict: str) -> None:
    """Neither Data Integrity 1.0 (2.1) nor RFC 7519 (4.1.6) has a rule; clocks may differ by five minutes."""
    world = issuers_world()
    report = await look(sign(badge(), key(), created), world.fetch)
    assert report.verdict == verdict
    assert ("which is not yet" in finding(report, "proof")) == (verdict != "valid")
    claims = {**badge(), "iat": int(created.timestamp())}
    token = jws.serialize_compact(
        {"alg": "EdDSA", "kid": key().id}, json.dumps(claims).encode(), jwt._jwk(key().private), registry=jwt.REGISTRY
    )
    assert (await look(token, world.fetch)).verdict == verdict
    forged = sign(badge(), key(), created) | {"name": "Forged"}
    assert (await look(forged, world.fetch)).verdict == "invalid"
