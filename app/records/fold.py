"""Fold: a learner's statements into one record, purely; every value says which statements it comes from.

The record is the same whatever order the statements arrived in: they are put in order of preference (the source's
rank, then its slug, stream and key) before anything is said. Values that sources disagree on stand side by side, the
preferred one first, and are listed under `conflicts`. What is over, or no longer listed, stays and says so (`past`, and
its end). What a source has taken back is listed apart, under `withdrawn`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.identity.identity import ONE_EACH, TypedId
from app.pipeline.statement import Book, Json, Lookup, Told, kind_of, some
from app.records import entries
from schemas import Credential, Demographics, Enrollment, Evidence, Person, Result


@dataclass(slots=True)
class Folded:
    """A learner record as JSON values, and the references of every record it was made from or asked for in vain."""

    body: Json
    refs: list[int]


def fold(
    learner: UUID, told: Sequence[Told], ids: Mapping[tuple[int, str], Iterable[TypedId]], lookup: Lookup
) -> Folded:
    """One learner record from all statements of the learner's persons. `ids` are the persons' resolved identifiers."""
    book = Book(told, lookup)
    body: Json = {"id": str(learner), "type": "LearnerRecord", **_person(book, ids)}
    body["enrollments"] = [entries.enrollment(book, t, said) for t, said in book.each(Enrollment)]
    body["results"] = [entries.result(book, t, said) for t, said in book.each(Result)]
    body["credentials"] = [entries.credential(book, t, said) for t, said in book.each(Credential)]
    body["evidence"] = [entries.evidence(book, t, said) for t, said in book.each(Evidence)]
    body["withdrawn"] = [{"kind": kind_of(t), "from": [book.number(t)]} for t in book.told if t.withdrawn]
    body["conflicts"] = conflicts(body)
    body["statements"] = book.origins()
    return Folded(body, sorted(book.refs))


def conflicts(body: Json) -> list[Json]:
    """Where sources disagree on what a learner has but one of."""
    found = []
    if len(body["birthDates"]) > 1:
        found.append({"path": "/birthDates", "what": "sources tell different birth dates"})
    held = Counter((shown["type"], shown["issuer"]) for shown in body["identifiers"])
    several = sorted({kind for (kind, _), count in held.items() if count > 1 and kind in ONE_EACH})
    return found + [{"path": "/identifiers", "what": f"sources tell different {kind} ids"} for kind in several]


def _person(book: Book, ids: Mapping[tuple[int, str], Iterable[TypedId]]) -> Json:
    """Who the learner is. A source that took a person back still says who they were, but not where they are."""
    ever, now = list(book.each(Person, withdrawn=True)), list(book.each(Person))
    births = [(t, p.birth_date) for t, p in ever] + [(t, d.birth_date) for t, d in book.each(Demographics)]
    identifiers = ((t, i) for t, p in ever for i in sorted(ids.get((t.teller.id, p.key), ())))
    return {
        "names": book.values((t, entries.name(n)) for t, p in ever for n in p.names),
        "identifiers": book.values((t, {"type": i.type, "issuer": i.issuer, "value": i.value}) for t, i in identifiers),
        "birthDates": book.values((t, {"value": day}) for t, day in births if day),
        "pronouns": book.values((t, {"value": p.pronouns}) for t, p in ever if p.pronouns),
        "emails": book.values((t, {"value": p.email}) for t, p in ever if p.email),
        "grades": book.values((t, some(value=grade, ends=t.ended_on)) for t, p in now for grade in p.grades),
        "schools": book.values((t, school) for t, p in now for school in entries.schools(book, t, p)),
        "guardians": book.values((t, adult) for t, p in now for adult in entries.guardians(book, t, p)),
    }
