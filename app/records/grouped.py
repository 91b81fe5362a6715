"""Entries grouped by the thing they tell of. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from app.records.document import AnyEntry, EvidenceEntry


def by_thing(entries: Iterable[AnyEntry]) -> list[Sequence[AnyEntry]]:
    """Entries, those of one thing together; things in the order in which their raw records come first.

    A raw record may tell of one thing as evidence, as a result and as a credential, and of a file beside the words:
    that is one thing. Several results that it tells (a test and its areas) are as many.
    """
    by_raw: dict[str, list[AnyEntry]] = defaultdict(list)
    for entry in entries:
        by_raw[entry.id.partition("-")[0]].append(entry)
    return [piece for record in by_raw.values() for piece in _of_one_record(record)]


def _of_one_record(entries: Sequence[AnyEntry]) -> Iterator[Sequence[AnyEntry]]:
    """The first of each kind are of one thing, the second of another; what adds no words goes with the first."""
    worded = [entry for entry in entries if not _adds_no_words(entry)]
    by_kind: dict[type[AnyEntry], list[AnyEntry]] = defaultdict(list)
    for entry in worded or entries[:1]:
        by_kind[type(entry)].append(entry)
    beside = [entry for entry in entries if entry not in worded] if worded else entries[1:]
    for n in range(max(map(len, by_kind.values()))):
        piece = [of_kind[n] for of_kind in by_kind.values() if n < len(of_kind)]
        yield [*piece, *beside] if n == 0 else piece


def _adds_no_words(entry: AnyEntry) -> bool:
    """Whether it is a file or a link that goes with what is told beside it."""
    return isinstance(entry, EvidenceEntry) and not (entry.narrative or entry.description)
