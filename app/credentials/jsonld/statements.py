"""A JSON-LD document as RDF statements, straight from its compact form (JSON-LD 1.1, the parts credentials use).

One rule goes beyond the standard: nothing may be dropped. A property, type or value that would not become a statement
would not be signed either, so it is refused.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from app.credentials.errors import DataRefused, TooMuchWork
from app.credentials.jsonld.active import Context
from app.credentials.jsonld.context import embedded, scoped
from app.credentials.jsonld.disguise import DECIDING, READ_FIRST, Places, refuse_alias, refuse_split
from app.credentials.jsonld.iri import ABSOLUTE, BLANK, I18N, KEYWORD_LIKE, RDF
from app.credentials.jsonld.literals import json_literal, literal
from app.credentials.jsonld.named import Named, NamedList, without_context
from app.credentials.jsonld.terms import ABSENT, Term
from app.credentials.jsonld.values import by_language, language_of, quoted, transparent, value_object
from app.credentials.jsonld.work import DEPTH, Work

DIRECTED = f'"^^<{I18N}'
HOLDERS = ("@value", "@graph", "@list", "@set")
Quad = tuple[str, str, str, str]
"""Subject, predicate, object and graph (empty: the default graph), each as canonical N-Quads writes it."""

TYPE, FIRST, REST, NIL = (f"<{RDF}{name}>" for name in ("type", "first", "rest", "nil"))


def statements(document: Any, work: Work | None = None) -> list[Quad]:
    """The statements of a document that names its contexts. DataRefused or TooMuchWork where it will not do."""
    if not isinstance(document, dict) or "@context" not in document:
        raise DataRefused("@context is missing: without it no term means anything")
    writer = _Writer(work or Work())
    writer.document(document)
    if not writer.quads:
        raise DataRefused("the document says nothing")
    writer.places.check()
    _refuse_twins(writer.quads)
    return writer.quads


def _refuse_twins(quads: list[Quad]) -> None:
    """Refuse statements that other processors take for one where we see two, or for two where we see one."""
    empty = [quad for quad in quads if quad[2] == NIL and quad[1] != REST]
    if len(empty) > len(set(empty)):
        raise DataRefused("an empty list is told twice of one object, which processors read differently")
    if any(DIRECTED in quad[2] for quad in quads):
        texts = Counter((*quad[:2], quad[2].rpartition('"')[0]) for quad in set(quads))
        if any(texts[(*quad[:2], quad[2].rpartition('"')[0])] > 1 for quad in quads if DIRECTED in quad[2]):
            raise DataRefused("a text is told in two directions or languages, which processors read differently")


class _Writer:
    """Collects the statements of one document and names its unnamed objects."""

    def __init__(self, work: Work) -> None:
        self.quads: list[Quad] = []
        self.work = work
        self.names = 0
        self.depth = 0
        self.places = Places()

    def blank(self) -> str:
        """A name for an unnamed object."""
        self.names += 1
        return f"_:n{self.names}"

    def document(self, document: dict[str, Any]) -> None:
        """Write the whole document."""
        active = embedded(None, document["@context"], self.work)
        if document.keys() == {"@context", "@graph"}:
            self._graph(document["@graph"], active, "")
            return
        self._node(without_context(document), active, "")

    def _graph(self, contents: Any, active: Context, graph: str) -> None:
        for item in contents if isinstance(contents, list) else [contents]:
            before = len(self.quads)
            if isinstance(item, dict) and not active.written("@value", item):
                self._object(item, active, None, graph)
            if len(self.quads) == before:
                raise DataRefused(f"@graph: {quoted(item)} says nothing there")

    def _object(self, value: dict[str, Any], active: Context, term: Term | None, graph: str) -> str:
        """Write an object and what it holds; its name, or the literal it stands for."""
        self.depth += 1
        if self.depth > DEPTH:
            raise TooMuchWork(f"objects are nested deeper than {DEPTH}")
        if active.previous is not None and not transparent(value, active):
            active = active.previous
        if term is not None and term.context is not ABSENT:
            active = scoped(active, term.context, self.work, propagate=True, override=True)
        if "@context" in value:
            active = embedded(active, value["@context"], self.work)
            value = without_context(value)
        written = self._node(value, active, graph) if active.plain(value) else value_object(value, active)
        self.depth -= 1
        return written

    def _node(self, value: dict[str, Any], active: Context, graph: str) -> str:
        """Write a node: its types, then its properties. Its name."""
        self.work.state(len(value))
        types, active = self._types(value, active)
        subject = self._subject(value, active)
        self.quads += [(subject, TYPE, kind, graph) for kind in types]
        contents = None
        deciding: list[tuple[str, str]] = []
        for name, content in value.items():
            term = active.terms.get(name)
            iri = term.iri if term is not None else active.expand(name)
            if term is not None and term.predicate:
                if not active.shared:
                    refuse_alias(name, term.iri or "")
                if content is not None or term.type == "@json":
                    objects = self._property(subject, term, content, active, graph)
                    if term.predicate in DECIDING:
                        deciding += [(term.predicate, target) for target in objects]
                    if len(objects) > 1 and term.predicate in READ_FIRST:
                        refuse_split(name, objects)
            elif iri == "@graph" and content is not None:
                contents = content
            elif iri not in ("@id", "@type"):
                self._other(name, iri)
                refuse_alias(name, iri or "")
                plain = Term(iri=iri, predicate=f"<{iri}>")
                if content is not None:
                    self._property(subject, plain, content, active, graph)
        if deciding:
            self.places.note(subject, deciding)
        if contents is not None:
            self._graph(contents, active, subject)
        return subject

    def _other(self, name: str, iri: str | None) -> None:
        """Refuse a property that no context defines, unless it is an IRI itself."""
        if iri is None or not ABSOLUTE(iri):
            if KEYWORD_LIKE(name) or (iri or "").startswith("@"):
                raise DataRefused(f"'{name}' is not read here")
            raise DataRefused(f"'{name}' is not defined by the document's contexts, so it would not be signed")

    def _types(self, value: dict[str, Any], active: Context) -> tuple[list[str], Context]:
        """The types of a node, and the context that they bring."""
        names = active.written("@type", value)
        if not names:
            return [], active
        if len(names) > 1:
            raise DataRefused(f"the type is told twice, as {' and '.join(names)}")
        kinds = value[names[0]]
        kinds = kinds if isinstance(kinds, list) else [kinds]
        self.work.state(len(kinds))
        contexts = [self._type(kind, active) for kind in kinds]
        before = active
        for kind in sorted(kinds):
            term = before.terms.get(kind)
            if term is not None and term.context is not ABSENT:
                active = scoped(active, term.context, self.work, propagate=False, override=False)
        return contexts, active

    def _type(self, kind: Any, active: Context) -> str:
        if not isinstance(kind, str):
            raise DataRefused(f"type {quoted(kind)} is no text")
        iri = active.expand(kind)
        if iri is None or not ABSOLUTE(iri):
            raise DataRefused(f"type '{kind}' is not defined by the document's contexts, so it would not be signed")
        if kind == iri or not active.shared:
            refuse_alias(kind, iri)
        return f"<{iri}>"

    def _subject(self, value: dict[str, Any], active: Context) -> str:
        names = active.written("@id", value)
        if not names:
            return value.name if isinstance(value, Named) else self.blank()
        if len(names) > 1:
            raise DataRefused(f"the id is told twice, as {' and '.join(names)}")
        return self._reference(value[names[0]], active)

    def _reference(self, value: Any, active: Context) -> str:
        if not isinstance(value, str):
            raise DataRefused(f"id {quoted(value)} is no text")
        if value.startswith("_:"):
            if not BLANK(value):
                raise DataRefused(f"id '{value}' is no blank node: use letters, digits, - and _")
            return f"_:d{value[2:]}"
        iri = active.reference(value)
        if not ABSOLUTE(iri):
            raise DataRefused(f"id '{value}' is no absolute IRI, so it would not be signed")
        return f"<{iri}>"

    def _property(self, subject: str, term: Term, value: Any, active: Context, graph: str) -> list[str]:
        container = term.container
        if "@list" in container:
            objects = [self._list(value, term, active, graph)]
        elif term.type == "@json":
            objects = [json_literal(value)]
        elif "@language" in container and isinstance(value, dict):
            objects = list(by_language(value, term, active))
        elif "@graph" in container:
            objects = list(self._graphs(value, term, active))
        else:
            objects = self._values(value, term, active, graph)
        self.quads += [(subject, term.predicate, target, graph) for target in objects]
        return objects

    def _values(self, value: Any, term: Term, active: Context, graph: str) -> list[str]:
        """The objects of a property: one or several."""
        if isinstance(value, dict):
            return [self._object(value, active, term, graph)]
        if isinstance(value, list):
            self.work.state(len(value))
            return [target for item in value for target in self._values(item, term, active, graph)]
        return [] if value is None else [self._scalar(value, term, active)]

    def _list(self, value: Any, term: Term, active: Context, graph: str) -> str:
        """Write an ordered list; its head."""
        value = value if isinstance(value, list) else [value]
        own = value.name if isinstance(value, NamedList) else None
        self.work.state(2 * len(value))
        if any(isinstance(item, list) for item in value):
            raise DataRefused(f"a list stands in a list, which processors read differently: {quoted(value)}")
        items = [target for item in value for target in self._values(item, term, active, graph)]
        cells = [self.blank() if own is None else f"{own}c{number}" for number, _ in enumerate(items)]
        for cell, item, rest in zip(cells, items, [*cells[1:], NIL], strict=False):
            self.quads += [(cell, FIRST, item, graph), (cell, REST, rest, graph)]
        return cells[0] if cells else NIL

    def _graphs(self, value: Any, term: Term, active: Context) -> Iterator[str]:
        """Write each object into a graph of its own; the graphs' names."""
        for item in value if isinstance(value, list) else [value]:
            before, graph = len(self.quads), f"{item.name}g" if isinstance(item, Named) else self.blank()
            if isinstance(item, dict) and not any(active.written(keyword, item) for keyword in HOLDERS):
                self._object(item, active, term, graph)
            if len(self.quads) == before:
                raise DataRefused(f"{quoted(item)} stands where an object with contents should")
            yield graph

    def _scalar(self, value: Any, term: Term, active: Context) -> str:
        """A text, number, true or false under a property."""
        if term.context is not ABSENT:
            active = scoped(active, term.context, self.work, propagate=True, override=True)
        kind = term.type
        if isinstance(value, str):
            if kind == "@id":
                return self._reference(value, active)
            if kind == "@vocab":
                iri = active.expand(value)
                if iri is not None and value.startswith("_:"):
                    return self._reference(value, active)
                if iri is None or not ABSOLUTE(iri):
                    raise DataRefused(f"'{value}' is not defined by the document's contexts, so it would not be signed")
                return f"<{iri}>"
        if kind is not None and kind not in ("@id", "@vocab", "@none"):
            return literal(value, kind)
        return literal(value, None, *language_of(term, active)) if isinstance(value, str) else literal(value, None)
