"""JSON-LD to canonical N-Quads: the same as PyLD and jsonld.js, or refused."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, reject, settings

from app.credentials.errors import ContextRefused, DataRefused, TooMuchWork
from app.credentials.jsonld import canonize
from app.credentials.jsonld.statements import statements
from tests.support import independent
from tests.support.credential_documents import documents

V2 = "https://www.w3.org/ns/credentials/v2"
OB = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
CREDENTIALS = "https://www.w3.org/2018/credentials#"
VOCAB = "https://www.w3.org/ns/credentials/undefined-terms/v2"
many_refused = settings(suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
"""What would not be signed is refused, and most of what is made up would not."""


def published_documents(published: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(published.rglob("*")):
        if path.parent.name in ("contexts", "schemas") or path.suffix not in ("", ".json") or not path.is_file():
            continue
        with suppress(ValueError):  # not every file without a suffix is JSON
            document = json.loads(path.read_bytes())
            if isinstance(document, dict) and "@context" in document:
                yield str(path.relative_to(published)), document


def test_every_published_document_as_pyld_reads_it(published: Path) -> None:
    same = refused = 0
    for name, document in published_documents(published):
        for variant in (document, {key: value for key, value in document.items() if key != "proof"}):
            try:
                quads = canonize(variant).decode()
            except DataRefused:
                refused += 1
                continue
            assert quads == independent.pyld(variant), name
            same += 1
    assert same > 250
    assert refused < 180


def test_every_published_document_as_jsonld_js_reads_it(published: Path, node: independent.Node) -> None:
    same = 0
    for name, document in published_documents(published):
        try:
            quads = canonize(document).decode()
        except DataRefused:
            continue
        assert quads == node.ask("canonize", document=document), name
        same += 1
    assert same > 120


def ours(document: dict[str, Any]) -> str:
    """Our canonical form; the example is dropped where we refuse."""
    try:
        return canonize(document).decode()
    except (DataRefused, TooMuchWork):
        reject()


@many_refused
@given(documents())
def test_generated_documents_as_pyld_reads_them(document: dict[str, Any]) -> None:
    """PyLD hashes the statement of an unnamed object about itself twice: such documents are left to jsonld.js."""
    quads = ours(document)
    assume(not any(quad[0] == quad[2] and quad[0].startswith("_:") for quad in statements(document)))
    assert quads == independent.pyld(document)


def test_generated_documents_as_jsonld_js_reads_them(node: independent.Node) -> None:
    """It refuses more: many objects that look alike (its budget is smaller), and what its safe mode would drop."""

    @many_refused
    @given(documents())
    def compare(document: dict[str, Any]) -> None:
        quads = ours(document)
        try:
            theirs = node.ask("canonize", document=document)
        except LookupError as error:
            stricter = ("Maximum deep iterations", "object with only @id")
            assert any(words in str(error) for words in stricter)  # noqa: PT017  what the library may say
            return
        assert quads == theirs

    compare()


REFUSED: list[tuple[Any, dict[str, Any], str]] = [
    ([V2], {"undefined": 1}, "'undefined' is not defined"),
    ([V2], {"type": "Nothing"}, "type 'Nothing' is not defined"),
    ([V2, VOCAB], {"id": "relative", "x": 1}, "id 'relative' is no absolute IRI"),
    ([V2, VOCAB], {"id": "https://a.example/> <urn:b> <urn:c", "x": 1}, "no absolute IRI"),
    ([V2, {"x": {"@id": "urn:x", "@type": "@id"}}], {"x": "relative"}, "no absolute IRI"),
    ([V2, {"x": {"@id": "urn:x", "@type": "@vocab"}}], {"x": "Nothing"}, "'Nothing' is not defined"),
    ([V2, {"x": {"@id": "urn:x", "@type": "t"}}], {"x": "a"}, "a type that is no IRI"),
    ([V2, VOCAB], {"x": 2**53}, "beyond 2^53"),
    ([V2, VOCAB], {"x": 1e-7}, "processors write differently"),
    ([V2, VOCAB], {"x": float("inf")}, "processors write differently"),
    ([V2, VOCAB], {"x": "\ud800"}, "lone surrogate"),
    ([V2, VOCAB], {"x": {"@value": "a", "y": 1}}, "holds more than a value"),
    ([V2, VOCAB], {"x": {"@value": None}}, "is no text, number"),
    ([V2, VOCAB], {"x": {"@value": "a", "@language": "not a tag"}}, "no language tag"),
    ([V2, VOCAB], {"x": {"@list": ["b"]}}, "processors read differently"),
    ([V2, VOCAB], {"x": {"@set": ["b"]}}, "processors read differently"),
    ([V2, VOCAB], {"x": ["a", {"@value": "a", "@direction": "ltr"}]}, "processors read differently"),
    ([V2, {"x": {"@id": "urn:x", "@container": "@list"}}], {"x": [["b"]]}, "processors read differently"),
    ([V2, OB, VOCAB], {"x": {"@value": "a", "@type": "Achievement"}}, "is one of objects"),
    ([V2, VOCAB], {"@reverse": {"x": "urn:a"}}, "'@reverse' is not read here"),
    ([V2, VOCAB], {"@included": [{"x": 1}]}, "'@included' is not read here"),
    ([V2, VOCAB], {"x": {"@index": "i", "y": 1}}, "'@index' is not read here"),
    ([V2, VOCAB], {"@graph": ["floating"]}, "says nothing there"),
    ([V2, VOCAB], {"id": "urn:a", "@id": "urn:b", "x": 1}, "told twice"),
    ([V2, VOCAB], {"type": ["urn:a"], "@type": "urn:b", "x": 1}, "told twice"),
    ([V2], {}, "says nothing"),
]


@pytest.mark.parametrize(("context", "body", "reason"), REFUSED, ids=[str(n) for n in range(len(REFUSED))])
def test_what_would_not_be_signed_is_refused(context: Any, body: dict[str, Any], reason: str) -> None:
    with pytest.raises(DataRefused, match=re.escape(reason)):
        canonize({"@context": context, **body})


CONTEXTS: list[tuple[Any, str]] = [
    ("https://evil.example/context", "'https://evil.example/context' is not one of the"),
    ("../relative", "is not one of the"),
    ([V2, {"name": "urn:mine"}], "'name' is protected"),
    ([V2, {"VerifiableCredential": "urn:mine"}], "'VerifiableCredential' is protected"),
    ([V2, {"VerifiableCredential": {"@id": f"{CREDENTIALS}VerifiableCredential"}}], "is protected"),
    ([V2, None], "null would remove protected terms"),
    ([V2, {"@import": "https://evil.example/"}], "@import is not read here"),
    ([V2, {"@base": "https://evil.example/"}], "@base is not read here"),
    ([V2, {"@vocab": "relative"}], "no absolute IRI"),
    ([V2, {"@version": 1.0}], "only 1.1 is read"),
    ([V2, {"x": {"@reverse": "urn:x"}}], "'@reverse'"),
    ([V2, {"x": {"@id": "urn:x", "@container": "@index"}}], "not read here"),
    ([V2, {"x": "y", "y": "x"}], "defined by itself"),
    ([V2, {"@id": "urn:x"}], "looks like a keyword"),
    ([V2, {"@new": "urn:x"}], "looks like a keyword"),
    ([V2, {"x": "@context"}], "no absolute IRI"),
    ([V2, 7], "is no context"),
    ([V2] * 65, "64 is the most"),
]


@pytest.mark.parametrize(("context", "reason"), CONTEXTS, ids=[str(n) for n in range(len(CONTEXTS))])
def test_contexts_that_are_refused(context: Any, reason: str) -> None:
    with pytest.raises(ContextRefused, match=re.escape(reason)):
        canonize({"@context": context, "name": "a"})


def test_a_whole_context_document_written_out_is_read_as_others_read_it() -> None:
    inner = {"town": "https://example.org/town"}
    document = {"@context": [V2, {"@context": inner}], "type": "VerifiableCredential", "town": "Springfield"}
    assert canonize(document).decode() == independent.pyld(document)
    assert canonize(document) == canonize({**document, "@context": [V2, inner]})
    for refused in ({"@context": inner, "name": "https://example.org/n"}, {"@context": {"@context": inner}}):
        with pytest.raises(ContextRefused):
            canonize({**document, "@context": [V2, refused]})


def test_a_document_without_context_is_refused() -> None:
    with pytest.raises(DataRefused, match="@context is missing"):
        canonize({"name": "a"})


def test_depth_and_contexts_are_bounded() -> None:
    deep: dict[str, Any] = {"name": "a"}
    for _ in range(70):
        deep = {"x": deep}
    with pytest.raises(TooMuchWork, match="nested deeper"):
        canonize({"@context": [V2, VOCAB], **deep})
    many = [{"@context": {"y": f"urn:{n}"}, "y": 1} for n in range(500)]
    with pytest.raises(TooMuchWork, match="more contexts"):
        canonize({"@context": [V2, VOCAB], "x": many})


def test_a_document_context_leaves_nothing_behind() -> None:
    """What one document says of a term is not believed of the next."""
    document = {"@context": [V2, OB], "type": ["Achievement"], "name": "a"}
    before = canonize(document)
    canonize({"@context": [V2, OB, {"Mine": {"@id": "urn:Mine", "@context": {"x": "urn:x"}}}], "type": "Mine", "x": 1})
    with pytest.raises(DataRefused):
        canonize({"@context": [V2, OB], "type": "Mine", "x": 1})
    assert canonize(document) == before


def test_numbers_as_ecmascript_writes_them() -> None:
    def written(number: float, kind: str = "http://www.w3.org/2001/XMLSchema#double") -> str:
        document = canonize({"@context": {"x": {"@id": "urn:x", "@type": kind}}, "x": number}).decode()
        return document.split('"')[1]

    assert [written(n) for n in (1, 0, -0.0, 10, 123456789)] == ["1.0E0", "0.0E0", "0.0E0", "1.0E1", "1.23456789E8"]
    assert [written(n) for n in (2.5, 0.1, -5.05e-5)] == ["2.5E0", "1.0E-1", "-5.05E-5"]
    assert written(1234567890123456.5) == "1.234567890123457E15"  # a tie, away from zero
    assert written(42, "urn:credits") == "42"
    assert written(42.0, "urn:credits") == "42"
