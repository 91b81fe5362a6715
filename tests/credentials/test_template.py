"""Credentials made in bulk are those made one by one."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.base58 import base58
from app.credentials import build
from app.credentials.bulk_sign import sign
from app.credentials.errors import DataRefused
from app.credentials.issue import issue
from app.credentials.keys import from_base58
from app.credentials.model import Evidence, Identity, Subject
from app.credentials.template import Template, mark
from app.template_values import packed_values, signed_text
from tests.support.build import AWARD, DISTRICT
from tests.support.credential_samples import CREATED, key

WORDS = {
    "credential": "urn:uuid:1",
    "learner": "urn:uuid:2",
    "hash": "sha256$x",
    "salt": "s",
    "place": "7",
    "note": "Well.",
}


def document(words: dict[str, str]) -> dict[str, Any]:
    """A badge with these words, or marks, in it."""
    entry = {
        "id": f"https://issuer.example/status/1#{words['place']}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": words["place"],
        "statusListCredential": "https://issuer.example/status/1",
    }
    subject = Subject(words["learner"], (Identity(words["hash"], words["salt"]),))
    award = replace(AWARD, id=words["credential"], subject=subject, status=(entry,), narrative=words["note"])
    return build.open_badge(award, DISTRICT)


def plain(words: dict[str, str]) -> dict[str, Any]:
    """A badge of which nothing differs but the ids: what a class gets."""
    award = replace(AWARD, id=words["credential"], subject=Subject(words["learner"]), results=(), evidence=())
    return build.open_badge(award, DISTRICT)


STENCIL = Template(document({name: mark(name) for name in WORDS}), key(), CREATED)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
IDS = st.uuids().map(lambda uuid: uuid.urn)


@given(
    st.fixed_dictionaries(
        {
            "credential": IDS,
            "learner": IDS,
            "hash": TEXTS,
            "salt": TEXTS,
            "note": TEXTS,
            "place": st.integers(0, 10**6).map(str),
        }
    )
)
def test_in_bulk_as_one_by_one(words: dict[str, str]) -> None:
    single = issue(document(words), key(), CREATED)
    assert json.loads(STENCIL.issue(words)) == single | {"proof": [single["proof"]]}


PLAIN = Template(plain({name: mark(name) for name in ("credential", "learner")}), key(), CREATED)


@given(st.fixed_dictionaries({"credential": IDS, "learner": IDS}))
def test_for_a_class_as_one_by_one(words: dict[str, str]) -> None:
    assert len(PLAIN.prepared.lines) > 10
    assert len(PLAIN.prepared.blocks) == 2
    single = issue(plain(words), key(), CREATED)
    assert json.loads(PLAIN.issue(words)) == single | {"proof": [single["proof"]]}


@given(st.lists(st.sampled_from("abcyz_:/#0Z"), min_size=1, max_size=6).map("".join), st.sampled_from(["", "s", "z"]))
def test_an_id_that_sorts_anywhere_signs_the_same(tail: str, scheme: str) -> None:
    """Before, between or behind the lines that all have, in one piece or apart from the other's."""
    words = {"credential": f"http{scheme}:{tail}", "learner": f"{tail[0] if tail[0].isalpha() else 'u'}:{tail}"}
    single = issue(plain(words), key(), CREATED)
    assert json.loads(PLAIN.issue(words)) == single | {"proof": [single["proof"]]}


def badge_of(words: dict[str, str]) -> dict[str, Any]:
    """A badge with two pieces of evidence that the words alone put in order."""
    evidence = (Evidence(words["first"], "One"), Evidence(words["second"], "Two"))
    award = replace(AWARD, id=words["credential"], subject=Subject(words["learner"]), results=(), evidence=evidence)
    return build.open_badge(award, DISTRICT)


@pytest.mark.parametrize(("first", "second"), [("urn:e:1", "urn:e:2"), ("urn:e:2", "urn:e:1")])
def test_ids_that_only_words_put_in_order(first: str, second: str) -> None:
    template = Template(
        badge_of({name: mark(name) for name in ("credential", "learner", "first", "second")}), key(), CREATED
    )
    words = {"credential": "urn:c", "learner": "urn:l", "first": first, "second": second}
    single = issue(badge_of(words), key(), CREATED)
    assert json.loads(template.issue(words)) == single | {"proof": [single["proof"]]}


@pytest.mark.parametrize("template", [STENCIL, PLAIN])
def test_many_at_once_are_those_made_one_at_a_time(template: Template) -> None:
    notes = ("Well.", "100 %(note)s, 'so' \0 \n “Zoë”", "%s")
    many = [{name: (WORDS | {"note": note})[name] for name in template.names} for note in notes]
    hashed, written = template.fill({name: [words[name] for words in many] for name in template.names})
    values = packed_values(written, sign(template.prepared, hashed))
    assert [signed_text(template.text, own) for own in values] == [template.issue(words) for words in many]


@given(st.binary(max_size=80))
def test_base58_is_read_back(data: bytes) -> None:
    assert from_base58(base58(data)) == data


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ({"learner": "ada@example.org"}, "no absolute IRI"),
        ({"learner": "urn:x> <urn:y"}, "no absolute IRI"),
        ({"place": "7> <"}, "no absolute IRI"),
        ({"learner": WORDS["credential"]}, "two ids are the same"),
        ({"learner": DISTRICT.id}, "two ids are the same"),
        ({"note": "\ud800"}, "lone surrogate"),
        ({"more": "x"}, "are marked"),
    ],
)
def test_words_that_do_not_fit(words: dict[str, str], reason: str) -> None:
    with pytest.raises(DataRefused, match=reason):
        STENCIL.issue(WORDS | words)


def test_a_word_cannot_change_what_is_around_it() -> None:
    issued = json.loads(STENCIL.issue(WORDS | {"note": '","credits":99,"x":"urn:template:salt.'}))
    assert issued["credentialSubject"]["narrative"] == '","credits":99,"x":"urn:template:salt.'
    assert issued.keys() == issue(document(WORDS), key(), CREATED).keys()


def test_what_would_be_refused_once_is_refused_for_all() -> None:
    with pytest.raises(DataRefused):
        Template(document({name: mark(name) for name in WORDS}) | {"grade": "A"}, key(), CREATED)
