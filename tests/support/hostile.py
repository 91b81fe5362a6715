"""Hostile content: what a broken or malicious source may say, as raw JSON records by name."""

import json
import random
from typing import Any

from tests.support.district import user

KEYS = [
    "o'brien",
    'a"b',
    "a\\b",
    "a\nb",
    "\u202eabc",
    "\U0001f600",
    "'; DROP TABLE record; --",
    "../../etc/passwd",
    "%s",
    "{}",
    "{a,b}",
    "NULL",
    "a|b",
    "\\u0000",
    "\ufeffx",
    "\x01\x02",
    "\x7f",
    "a\x85b",
    "a\u2028b",
    "k" * 500,
    "\U0001f600" * 250,
]
"""Ids that are odd and nothing worse: each is a person's own, and is taken as it is."""

STORABLE: dict[str, bytes] = {
    "50,000 fields": json.dumps(user("f", **{f"f{i}": i for i in range(50_000)})).encode(),
    "a value of 20 MB": json.dumps(user("m", foo="x" * 20_000_000)).encode(),
    "a name twice": json.dumps(user("twice")).encode()[:-1] + b', "givenName": "Eve"}',
    "an old change": json.dumps(user("y1", dateLastModified="0001-01-01T00:00:00Z")).encode(),
    "a late change": json.dumps(user("y9", dateLastModified="9999-12-31T23:59:59Z")).encode(),
    "nested": json.dumps(user("n")).encode()[:-1] + b', "foo": ' + b"[" * 60 + b"]" * 60 + b"}",
    "itself its parent": json.dumps(user("a", agents=[{"sourcedId": "a"}])).encode(),
}
"""Records that say too much or strange things, and can be kept."""


def _with(key: str, field: bytes) -> bytes:
    return json.dumps(user(key)).encode()[:-1] + b", " + field + b"}"


def _noise(count: int) -> str:
    dice = random.Random(7)
    return "".join(chr(dice.randrange(0x4E00, 0x9FFF)) for _ in range(count))


UNFIT: dict[str, bytes] = {
    "NUL in a value": json.dumps(user("u", givenName="A\0da")).encode(),
    "NUL in an unknown field": json.dumps(user("u", foo="A\0da")).encode(),
    "NUL in a field's name": json.dumps({**user("u"), "f\0oo": 1}).encode(),
    "NUL in the id": json.dumps(user("a\0b")).encode(),
    "half a character": json.dumps(user("u", givenName="A\ud800")).encode(),
    "half a character in a name": json.dumps({**user("u"), "x\ud800": 1}).encode(),
    "1e999": _with("u", b'"foo": 1e999'),
    "5,000 digits": _with("u", b'"foo": ' + b"9" * 5000),
    "an id of 5,000 digits": json.dumps(user("u")).encode().replace(b'"u"', b"9" * 5000),
    "no UTF-8": json.dumps(user("u")).encode().replace(b"Ada", b"A\xff"),
    "an id of 501 characters": json.dumps(user("k" * 501)).encode(),
    "an id of 2,000 bytes": json.dumps(user("\U0001f600" * 500)).encode(),
    "the year 0": json.dumps(user("u", dateLastModified="0000-01-01T00:00:00Z")).encode(),
    "before the first year": json.dumps(user("u", dateLastModified="0001-01-01T00:00:00+14:00")).encode(),
    "a long number": json.dumps(user("u", identifier=_noise(5000))).encode(),
    "a long address": json.dumps(user("u", email=_noise(5000))).encode(),
    **{f"{deep:,} deep": _with("u", b'"foo": ' + b"[" * deep + b"]" * deep) for deep in (65, 500, 985, 2000, 100_000)},
    **{f"{deep:,} objects deep": _with("u", b'"a": ' + b'{"a":' * deep + b"1" + b"}" * deep) for deep in (500, 990)},
    "a list": b"[1]",
    "null": b"null",
    "a text": b'"x"',
    "nothing": b"",
    "an empty object": b"{}",
    "roles that are a text": json.dumps(user("u", roles="student")).encode(),
    "a role that is an object": json.dumps(user("u", roles=[{"role": {"role": "student"}}])).encode(),
    "a number that is an object": json.dumps(user("u", identifier={"a": 1})).encode(),
}
"""Records that cannot be stored or served as they are: each goes to quarantine, and its neighbors do not."""


def pushed(key: str, number: Any = "1001", **more: Any) -> dict[str, Any]:
    """What a vendor pushes, of a learner with a district number."""
    learner = {"identifiers": [{"type": "district", "value": number}], **more.pop("learner", {})}
    return {"id": key, "learner": learner, "name": f"Unit {key}", **more}
