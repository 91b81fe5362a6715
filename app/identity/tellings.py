"""Tellings: who was told to have a number, by which source, and from when to when. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.identity.holding import Holder, Span
from app.matching.apart import PersonFacts, PersonRef, TypedId, contradiction, person_facts, says_nothing
from app.pipeline.parting import is_numbered
from schemas import Person


@dataclass(frozen=True, slots=True)
class Telling:
    """What a source of this rank told of a person from `since` until a time (None: still), in these words.

    `ids` are the identifiers in it; `left`: of somebody who had left, or was taken back.
    """

    ref: PersonRef
    rank: int
    span: Span
    ids: frozenset[TypedId]
    record: Person
    body: str

    @property
    def nameless(self) -> bool:
        """Whether it tells by number alone."""
        return says_nothing(self.facts)

    @property
    def facts(self) -> PersonFacts:
        """Who it tells of, without the numbers."""
        return person_facts(self.ref, self.rank, (), [self.record])


def holders(
    tellings: Iterable[Telling], shared: frozenset[TypedId], now: Mapping[PersonRef, PersonFacts]
) -> list[Holder]:
    """Who has one of these identifiers, or had one. `now` is what is known of those persons who are learners.

    Under the key of a number several children may have been told of one after another: each name is a holder.
    """
    of_person: dict[PersonRef, list[Telling]] = {}
    for telling in tellings:
        if telling.ids & shared:
            of_person.setdefault(telling.ref, []).append(telling)
    having: list[Holder] = []
    for ref, several in sorted(of_person.items()):
        if is_numbered(ref.key):
            having += _by_name(several)
        else:
            person = now.get(ref) or _all_facts(several)
            having.append(Holder(ref, person, [telling.span for telling in several]))
    return having


def with_remembered(having: Sequence[Holder], remembered: Iterable[Holder]) -> list[Holder]:
    """Holders with what sources told that were removed since: of somebody who is there, and of who is not any more."""
    by_ref: dict[PersonRef, list[Span]] = {}
    unnamed: dict[PersonRef, Holder] = {}
    known = {holder.ref for holder in having}
    for holder in remembered:
        if holder.ref in known:
            by_ref.setdefault(holder.ref, []).extend(holder.spans)
        else:
            before = unnamed.get(holder.ref)
            unnamed[holder.ref] = replace(holder, spans=[*(before.spans if before else ()), *holder.spans])
    with_spans = [replace(holder, spans=[*holder.spans, *by_ref.pop(holder.ref, ())]) for holder in having]
    return [*with_spans, *unnamed.values()]


def once(tellings: Sequence[Telling], began: Mapping[tuple[int, datetime], datetime]) -> list[Telling]:
    """Tellings with their times as those of whole runs: which page of one came first says nothing.

    `began` says when the run began that brought something of a source at a time.
    """
    return [replace(telling, span=_once(telling, began)) for telling in tellings]


def _once(telling: Telling, began: Mapping[tuple[int, datetime], datetime]) -> Span:
    since, until, left = telling.span
    source = telling.ref.source
    return Span(began.get((source, since), since), until and began.get((source, until), until), left)


def _by_name(several: Iterable[Telling]) -> list[Holder]:
    having: list[Holder] = []
    for telling in sorted(several, key=lambda t: (t.span.since, t.body)):
        if telling.nameless:
            continue
        same = next((h for h in having if not contradiction(h.facts, telling.facts)), None)
        if same is None:
            having.append(Holder(telling.ref, telling.facts, [telling.span]))
        else:
            having[having.index(same)] = Holder(same.ref, _both(same.facts, telling.facts), [*same.spans, telling.span])
    return having


def _all_facts(several: Sequence[Telling]) -> PersonFacts:
    return person_facts(several[0].ref, several[0].rank, (), [telling.record for telling in several])


def _both(left: PersonFacts, other: PersonFacts) -> PersonFacts:
    return replace(
        left,
        first_names=left.first_names | other.first_names,
        family_names=left.family_names | other.family_names,
        births=left.births | other.births,
        birth_years=left.birth_years | other.birth_years,
    )
