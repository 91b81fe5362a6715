"""Bodies that break other services: every operation that takes one answers with 4xx, and no good item is lost."""

import json
import secrets
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.api.kit import body
from app.main import create_app
from app.settings import Settings
from tests.support.api import EVIDENCE, Api, bearer, problem_of

POISON: dict[str, bytes] = {
    "NaN": b'{"id": "p", "n": NaN}',
    "infinity": b'{"id": "p", "n": -Infinity}',
    "1e999": b'{"id": "p", "n": 1e999}',
    "integer of 2^63": b'{"id": "p", "n": 9223372036854775808}',
    "integer of 5000 digits": b'{"id": "p", "n": ' + b"9" * 5000 + b"}",
    "lone surrogate": b'{"id": "p", "n": "\\ud800"}',
    "escaped NUL": b'{"id": "p", "n": "\\u0000"}',
    "NUL in a key": b'{"id": "p\\u0000", "n": 1}',
    "raw NUL": b'{"id": "p", "n": "\x00"}',
    "100,000 deep": b'{"id": "p", "n": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "900 deep": b'{"id": "p", "n": ' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}",
    "a name twice": b'{"id": "p", "id": "q"}',
    "a name twice, deep inside": b'{"id": "p", "n": [{"a": 1, "a": 2}]}',
    "no UTF-8": b'{"id": "p", "n": "\xff\xfe"}',
    "UTF-16": '{"id": "p"}'.encode("utf-16"),
    "UTF-32": '{"id": "p"}'.encode("utf-32"),
    "byte order mark": b'\xef\xbb\xbf{"id": "p"}',
    "unclosed": b'{"id": "p"',
    "trailing": b'{"id": "p"} x',
    "comment": b'{"id": "p" /* x */}',
    "single quotes": b"{'id': 'p'}",
    "empty": b"",
    "blank": b"  \n ",
    "null": b"null",
    "number": b"17",
    "text": b'"p"',
    "true": b"true",
    "50,000 fields": json.dumps({"id": "p", **{f"f{n}": n for n in range(50_000)}}).encode(),
    "key of a megabyte": b'{"' + b"k" * 1_000_000 + b'": 1}',
    "id of a megabyte": b'{"id": "' + b"k" * 1_000_000 + b'"}',
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
}
UNSOUND = [name for name in POISON if name not in ("empty", "blank", "50,000 fields", "key of a megabyte")]
WRITES = [
    (method.upper(), path)
    for path, methods in create_app(Settings()).openapi()["paths"].items()
    for method, operation in methods.items()
    if "requestBody" in operation
]


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_no_poison_is_our_fault_whatever_takes_it(api: Api) -> None:
    for method, path in WRITES:
        connector = "open_badges" if path.endswith("badges") else "evidence"
        headers = await api.pusher(connector, slug=f"source-{secrets.token_hex(4)}")
        source = (await api.http.get("/v1/sources", headers=headers)).json()["sources"][-1]["id"]
        client, _ = await api.client("learners.read")
        filled = path.replace("{source}", str(source)).replace("{client}", str(client))
        for name, poison in POISON.items():
            for media_type in ("application/json", "application/x-ndjson", "application/x-www-form-urlencoded"):
                answer = await api.http.request(
                    method, filled, content=poison, headers={**headers, "Content-Type": media_type}
                )
                assert 200 <= answer.status_code < 500, (path, name, answer.text)
                assert "Traceback" not in answer.text
                if answer.status_code >= 400 and path.startswith("/v1"):
                    problem_of(answer, answer.status_code)


async def test_poison_in_a_batch_costs_no_neighbor(api: Api) -> None:
    headers = await api.pusher()
    for position, name in enumerate(UNSOUND):
        ids = [f"good-{position}-{n}" for n in range(3)]
        good = [json.dumps({**EVIDENCE, "id": item}).encode() for item in ids]
        array = b"[" + good[0] + b"," + POISON[name] + b"," + good[1] + b"]"
        answer = await api.http.post(
            "/v1/evidence", content=array, headers={**headers, "Content-Type": "application/json"}
        )
        if answer.status_code == 200:
            assert {_status(answer.json(), item) for item in ids[:2]} == {"new"}, name
            assert answer.json()["rejected"] >= 1, name
        else:  # where the item ends cannot be told: then nothing was stored, and it is said
            assert "Nothing was stored" in problem_of(answer, 400)["detail"]
        lines = b"\n".join([good[0], POISON[name].replace(b"\n", b""), good[2]])
        answer = await api.http.post(
            "/v1/evidence", content=lines, headers={**headers, "Content-Type": "application/x-ndjson"}
        )
        assert answer.status_code == 200
        assert _status(answer.json(), ids[0]) in ("new", "unchanged")
        assert _status(answer.json(), ids[2]) == "new"
        assert answer.json()["rejected"] == 1, name


async def test_the_unsound_are_quarantined_as_they_came(api: Api) -> None:
    headers = await api.pusher()
    poison = POISON["lone surrogate"]
    await api.http.post("/v1/evidence", content=poison, headers={**headers, "Content-Type": "application/x-ndjson"})
    (listed,) = (await api.http.get("/v1/quarantine", headers=headers)).json()["records"]
    rejected = (await api.http.get(f"/v1/quarantine/{listed['id']}", headers=headers)).json()
    assert rejected["raw"].encode() == poison
    assert "pushed item 0" in rejected["position"]


@pytest.mark.parametrize("path", ["/v1/learners", "/v1/events", "/v1/quarantine", "/v1/identity/near-matches"])
async def test_no_cursor_is_our_fault(api: Api, path: str) -> None:
    headers = bearer(await api.key())
    for text in ("x", "…", "=", "bnVsbA", "W10", "WzEsMl0", "WyIwMDAxIiwiYSJd", "Wy0xLC0xXQ", "WzFlMzAwLDFd", "%00"):
        answer = await api.http.get(path, params={"after": text}, headers=headers)
        assert answer.status_code in (200, 400, 410), answer.text
    problem_of(await api.http.get(path, params={"after": "x" * 5000}, headers=headers), 422)


def _status(answer: dict[str, Any], item: str) -> str:
    (item_outcome,) = (i for i in answer["items"] if i["id"] == item)
    return str(item_outcome["status"])


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8), inner, max_size=4
        )
    ),
    max_leaves=20,
)


@given(JSON, st.booleans())
def test_whatever_is_sound_is_taken_as_it_is(value: Any, ascii_only: bool) -> None:
    assert body.check(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.lists(JSON, max_size=5), st.sampled_from([None, 1]))
def test_both_ways_of_slicing_agree(values: list[Any], indent: int | None) -> None:
    array = json.dumps(values, indent=indent).encode()
    assert [json.loads(item) for item in body.items(array)] == values
    assert [item for item in body._loose_items(array) if item] == body.items(array)


@given(st.binary(max_size=60))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_no_bytes_break_the_check(value: bytes) -> None:
    for read in (body.check, body.items):
        with suppress(body.Unsound):
            read(value)
