"""Contests: a number that has changed hands, or is two children's, and whose it is what names nobody. Pure.

What happened while a number was one child's stays that child's, whoever is given the number later, also where the
district has corrected it away from the first. What happened while it was two children's, or nobody's, is nobody's until
somebody says whose. An item says when it happened; where it does not, that is when it was received. So what names
nobody becomes several persons: one for each child whose the number was when it happened.

An address (an e-mail, a user name, an account) links nobody. Where people say which child a program means by one, or a
name beside it does, that holds while the address is that child's. What is received after another child has it, and the
first no longer does, waits for somebody to say whose it is.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import combinations
from typing import NamedTuple

from app.identity.holding import NEITHER, Child, Holder, children, meet, turns, whose
from app.identity.identity import CROWD, Decision
from app.identity.tellings import Telling, holders, with_remembered
from app.matching.apart import (
    ADDRESSING,
    ANYWHERE,
    LINKING,
    PersonFacts,
    PersonRef,
    TypedId,
    contradiction,
    same_name,
    says_nothing,
)
from app.pipeline.parting import is_numbered, nameless_of, origin, place_of, unassigned_key

FORMER = "former-"
"""What the rules begin with that know somebody by a number they no longer have."""

WORDS = {"email": "an e-mail address", "username": "a user name", "account": "an account"}
"""What identifiers that are no numbers are called in a reason."""

EVER = datetime.min.replace(tzinfo=UTC)
Formers = Mapping[TypedId, AbstractSet[PersonRef]]
"""Who had an identifier, and is told to have it no more."""

Remembered = Mapping[TypedId, Sequence[Holder]]
"""Who had an identifier as a source told that was removed since."""


class Turn(NamedTuple):
    """A time (`since` None: ever; `until` None: still) and the key of what is told then; `over`: of who has left."""

    since: datetime | None
    until: datetime | None
    key: str
    over: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """A number by which alone a source tells of persons (`members`), or at times does, and who has it or had it.

    `shared` are the identifiers that say whose it is, as they are compared.
    """

    source: int
    number: str
    members: frozenset[PersonRef]
    shared: frozenset[TypedId]
    holders: frozenset[PersonRef]

    @property
    def kind(self) -> str:
        """The type of what says whose it is."""
        return next(iter(self.shared)).type

    @property
    def links(self) -> bool:
        """Whether it says by itself who somebody is; an address does not."""
        return self.kind in LINKING

    @property
    def persons(self) -> list[PersonRef]:
        """All persons to whom the identifier may belong."""
        return sorted(self.members | self.holders)


@dataclass(frozen=True, slots=True)
class Contest:
    """A number that has changed hands: the children who have it or had it, by the sources that name them (`tiers`).

    `plain` and `own` are places in `everybody`: of the child to whom what names nobody belongs under the number's own
    key, and of the one whose the number is by the word of its own source or of a person. Without tiers a crowd had it,
    and it is nobody's.
    """

    number: Number
    everybody: Sequence[Child] = ()
    tiers: Sequence[Sequence[int]] = ()
    plain: int = NEITHER
    own: int | None = None

    def key(self, moment: datetime) -> str:
        """The key under which what names nobody is told, if it was received at a moment.

        Where nobody knows whose it is, those whom it may be are one question: a further child is another one.
        """
        number = self.number.number
        place = whose(moment, self.tiers, self.everybody, self.own)
        if place == NEITHER:
            return unassigned_key(number, sum(self.everybody[n].since <= moment for n in self.tiers[0]))
        return number if place == self.plain else nameless_of(number, place)

    def place(self, key: str) -> int:
        """The place of the child to whom what is told under a key belongs; NEITHER where nobody knows."""
        if key == self.number.number:
            return self.plain
        place = place_of(key)
        return NEITHER if place is None or place >= len(self.everybody) else place

    def targets(self) -> list[Turn]:
        """The keys under which what names nobody is told, each with its time."""
        moments = turns(self.everybody) if self.tiers else []
        return [
            Turn(since, until, self.key(since or EVER), over=self._is_over(since or EVER)) for since, until in moments
        ]

    @property
    def nobody(self) -> str:
        """The key of what names nobody and has no time: nobody knows whose it is."""
        return unassigned_key(self.number.number, len(self.tiers[0]) if self.tiers else 2)

    def _is_over(self, moment: datetime) -> bool:
        place = whose(moment, self.tiers, self.everybody, self.own)
        if place == NEITHER:
            return False
        child = self.everybody[place]
        return child.has(moment, left=True) and not child.has(moment, left=False)


def numbers(
    persons: Sequence[PersonFacts],
    mixed: Collection[PersonRef],
    crowds: Collection[TypedId],
    formers: Formers,
    remembered: Remembered,
) -> Iterator[Number]:
    """The numbers under which sources tell of persons by the number alone. `mixed` are told of by name, too."""
    members: dict[tuple[int, str], dict[PersonRef, PersonFacts]] = {}
    having: dict[TypedId, set[PersonRef]] = {}
    for person in persons:
        ref, number = person.ref, origin(person.ref.key)
        by_number = is_numbered(ref.key)
        if (
            by_number
            and (says_nothing(person) or ref in mixed)
            and (ref.key == number or place_of(ref.key) is not None)
        ):
            members.setdefault((ref.source, number), {})[ref] = person
        if not (by_number and says_nothing(person)):
            for identifier in person.ids:
                having.setdefault(identifier, set()).add(ref)
    everywhere: dict[tuple[str, ...], set[TypedId]] = {}
    for identifier, holding in remembered.items():
        having.setdefault(identifier, set()).update(holder.ref for holder in holding)
    for identifier in (*having, *formers):
        if identifier.type in ANYWHERE:
            everywhere.setdefault(identifier[::2], set()).add(identifier)
    for (source, number), people in sorted(members.items()):
        own = [i for person in people.values() for i in person.ids if i not in crowds]
        for kind in (*LINKING, *(kind for kind in ADDRESSING if number.startswith(f"{kind}:"))):
            shared = frozenset(same for i in own if i.type == kind for same in (i, *everywhere.get(i[::2], ())))
            if whom := frozenset(ref for i in shared for ref in {*having.get(i, ()), *formers.get(i, ())}):
                yield Number(source, number, frozenset(people), shared, whom)
                break


def contest_of(
    number: Number,
    tellings: Sequence[Telling],
    facts: Mapping[PersonRef, PersonFacts],
    tied: Collection[PersonRef],
    remembered: Remembered,
) -> Contest | None:
    """The contest for a number, if it has changed hands or is two children's.

    `facts` are what is known of persons now; `tied` are those of whom people have said that the number is theirs.
    """
    removed = [holder for identifier in sorted(number.shared) for holder in remembered.get(identifier, ())]
    having = with_remembered(holders(tellings, number.shared, facts), removed)
    if len(having) > CROWD:
        return Contest(number) if number.links else None
    if (all(h.current for h in having) and not _any_apart(having)) or (tied and not any(h.ref in tied for h in having)):
        return None
    everybody: list[Child] = []
    tiers: list[Sequence[int]] = []
    for rank in sorted({_rank(number, holder) for holder in having}):
        tier = children(holder for holder in having if _rank(number, holder) == rank)
        tiers.append(range(len(everybody), len(everybody) + len(tier)))
        everybody += tier
    ours = [h for h in having if h.ref.source == number.source and origin(h.ref.key) == number.number]
    called = next((h for h in ours if h.ref.key == number.number and h.current), None)
    if tied:
        named = next((n for n, c in enumerate(everybody) if any(h.ref in tied for h in c.holders)))
    else:
        named = _plain(everybody, tiers[0]) if called is None else _named(called, everybody, tiers[0])
    sure = tied or (called is not None and not _any_apart(ours))
    own = named if sure else None
    if not number.links and (len(tiers[0]) == 1 or own not in tiers[0]):
        return None
    return Contest(number, everybody, tiers, named, own)


def as_told(number: Number, tellings: Sequence[Telling]) -> list[Turn]:
    """The keys of what names nobody where a number is contested no more: as its source told it.

    The source itself may tell of several children under one number (`app.pipeline.parting`).
    """
    first: dict[str, datetime] = {}
    for telling in tellings:
        key = telling.ref.key
        if telling.ref.source == number.source and origin(key) == number.number and not telling.nameless:
            first[key] = min(telling.span.since, first.get(key, telling.span.since))
    if len(first) < 2:
        return [Turn(None, None, number.number)]
    second = sorted(first.values())[1]
    return [Turn(None, second, number.number), Turn(second, None, unassigned_key(number.number))]


def _rank(number: Number, holder: Holder) -> int:
    """The lowest is believed first: by the source's rank; of an address, who tells of a child by more than a number."""
    return holder.facts.rank if number.links else is_numbered(holder.ref.key)


def _plain(everybody: Sequence[Child], first: Sequence[int]) -> int:
    """Whose a number is now, as far as anybody's; else whose it was first."""
    for left in (False, True):
        if now := [n for n in first if everybody[n].has(None, left=left)]:
            return now[0] if len(now) == 1 else first[0]
    return first[0]


def by_time(
    contests: Iterable[Contest], persons: Sequence[PersonFacts], formers: Formers
) -> tuple[list[PersonFacts], list[Decision]]:
    """Persons without the numbers that no longer say who they are, and decisions by whose each number was then."""
    by_ref = {person.ref: person for person in persons}
    decisions = _renumbered(by_ref, formers)
    told_under: dict[tuple[int, str], list[PersonRef]] = {}
    for ref in sorted(by_ref):
        if is_numbered(ref.key) and says_nothing(by_ref[ref]):
            told_under.setdefault((ref.source, origin(ref.key)), []).append(ref)
    for contest in contests:
        for ref in told_under.get((contest.number.source, contest.number.number), ()):
            decisions += _of_member(contest, ref, by_ref)
            by_ref[ref] = replace(by_ref[ref], ids=by_ref[ref].ids - contest.number.shared)
    return list(by_ref.values()), decisions


def _of_member(contest: Contest, ref: PersonRef, by_ref: Mapping[PersonRef, PersonFacts]) -> Iterator[Decision]:
    """Who somebody told of by a number alone is, or may be."""
    kind, place = contest.number.kind, contest.place(ref.key)
    what = WORDS.get(kind, f"a {kind} id")
    several = [contest.everybody[n] for n in contest.tiers[0]] if contest.tiers else []
    among = several if place == NEITHER else [contest.everybody[place]]
    possible = [holder for child in among for holder in child.holders if holder.ref in by_ref]
    if not possible and place != NEITHER:
        others = [h for child in contest.everybody for h in child.holders if h.current and h.ref in by_ref]
        for holder in others:
            reason = f"they share {what}, but it was another one's, of whom a source told that was removed"
            yield _decision(ref, holder.ref, "unsure", "kept-apart", reason)
    elif place == NEITHER or (not contest.number.links and ref.key != contest.number.number):
        for holder in possible:
            reason = f"they share {what}" if holder.current else f"it is told of by {what} that was theirs"
            yield _decision(ref, holder.ref, "unsure", "kept-apart", f"{reason}, but another one has it, too")
    elif not contest.number.links:
        return
    elif current := [holder for holder in possible if holder.current]:
        for holder in current:
            yield _decision(ref, holder.ref, "same", f"shared-{kind}-id", f"they share a {kind} id")
    elif former := [holder for holder in possible if not is_numbered(holder.ref.key)]:
        reason = f"it is told of by a {kind} id that was theirs then"
        yield _decision(ref, former[0].ref, "same", f"{FORMER}{kind}-id", reason)


def _renumbered(by_ref: dict[PersonRef, PersonFacts], formers: Formers) -> list[Decision]:
    """Somebody told of by name, under a number that was corrected since, is the child of that name who had it."""
    decisions = []
    having: dict[TypedId, list[PersonFacts]] = {}
    for person in by_ref.values() if formers else ():
        for identifier in person.ids & formers.keys():
            if not is_numbered(person.ref.key):
                having.setdefault(identifier, []).append(person)
    for ref, person in sorted(by_ref.items()) if formers else ():
        former_ids = [i for i in sorted(person.ids & formers.keys()) if i.type in LINKING]
        if not former_ids or not is_numbered(ref.key) or says_nothing(person):
            continue
        without = replace(person, ids=person.ids - {*former_ids})
        now = [other for i in former_ids for other in having.get(i, ())]
        had = {by_ref[other] for i in former_ids for other in formers[i] if other in by_ref and other != ref}
        same = [other for other in sorted(had, key=lambda p: p.ref) if _same_child(without, other)]
        if len(same) == 1 and all(contradiction(without, other) for other in now if other != same[0]):
            kind = former_ids[0].type
            reason = f"it is told of by a {kind} id that was theirs, and the name agrees"
            by_ref[ref] = without
            decisions.append(_decision(ref, same[0].ref, "same", f"{FORMER}{kind}-id", reason))
    return decisions


def _same_child(person: PersonFacts, other: PersonFacts) -> bool:
    return not is_numbered(other.ref.key) and same_name(person, other) and not contradiction(person, other)


def _named(plain: Holder, everybody: Sequence[Child], first: Sequence[int]) -> int:
    """The place of the child whom a source means by the person it names under this number."""
    for n in first:
        others = [h for h in everybody[n].holders if not h.unnamed and not contradiction(h.facts, plain.facts)]
        if any(meet(h.spans, plain.spans) for h in others):
            return n
    return next(n for n, child in enumerate(everybody) if plain in child.holders)


def _any_apart(having: Sequence[Holder]) -> bool:
    return any(contradiction(left.facts, right.facts) for left, right in combinations(having, 2))


def _decision(ref: PersonRef, other: PersonRef, judgement: str, rule: str, reason: str) -> Decision:
    left, right = sorted((ref, other))
    return Decision(left, right, judgement, rule, reason)  # type: ignore[arg-type]
