"""Identity: which persons of which sources are one learner, decided by typed identifiers first.

A shared identifier links two persons. A name, an e-mail, a phone or an address alone never does: each can speak
against a link and, where a district lets a source's persons be scored, all of them together for one (`scoring`).
What speaks against a link (another birth date, another state id, no given name in common) turns it into a near match,
which waits for a person. A short form (Bess, Elizabeth) speaks against none where the family name is the same, and the
birth date or the username too. People's own decisions come first. A learner is a connected component of what is left;
it never holds two persons whom anything keeps apart. The same persons give the same components, in whatever order.

Pure.
"""

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import Literal, NamedTuple

from app.matching.apart import (
    LINKING,
    NAMES_APART,
    ONE_EACH,
    PersonFacts,
    PersonRef,
    TypedId,
    contradiction,
    differing_number,
    is_placeholder,
    nicknamed,
    same_name,
    says_nothing,
)
from schemas import Identifier

EXACT = frozenset({"sourced", "account", "did"})
"""Types made by programs, where `aB3` and `Ab3` may be two children; what people type is the same in any case."""

RULES, SCORES = "tessera", "scores"
"""Who decides where no person does: rules over numbers, and scores over everything else."""

CROWD = 25
"""An identifier that more persons than this share is nobody's own."""

Judgement = Literal["same", "different", "unsure"]


class Decision(NamedTuple):
    """One line of the ledger; `left` < `right`. `rule` is what decided; `reason` says it in words, without values."""

    left: PersonRef
    right: PersonRef
    judgement: Judgement
    rule: str
    reason: str


@dataclass(slots=True)
class Resolution:
    """Learners as sets of persons, and the decisions that made them (also the near matches that did not)."""

    components: list[list[PersonRef]] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)


def own_id(salt: bytes, person: PersonRef) -> uuid.UUID:
    """The learner id a person would have alone: the same for ever, and not to be guessed without the tenant's salt."""
    digest = hashlib.blake2b(f"{person.source}\x1f{person.key}".encode(), key=salt, digest_size=16).digest()
    return uuid.UUID(bytes=digest, version=4)


def typed(
    identifier: Identifier, *, tenant: str, source: str, types: Mapping[str, str], issuers: Mapping[str, str]
) -> TypedId | None:
    """An identifier with its issuer (the district for state and district ids, else the source).

    None for a placeholder that would link whoever has it ("0", "N/A", "999999").
    """
    kind = types.get(identifier.type, identifier.type)
    value = normal(kind, identifier.value)
    if not value or (kind in LINKING and is_placeholder(value)):
        return None
    issuer = identifier.issuer or issuers.get(kind) or (tenant if kind in ONE_EACH else source)
    return TypedId(kind, issuer.strip().casefold(), value)


def normal(type: str, value: str) -> str:
    """An identifier's value as it is compared and searched for."""
    value = value.strip()
    return value if type in EXACT else value.casefold()


def resolve(
    persons: Sequence[PersonFacts],
    human: Sequence[Decision] = (),
    crowds: Collection[TypedId] = frozenset(),
    scored: Sequence[Decision] = (),
    by_time: Sequence[Decision] = (),
) -> Resolution:
    """Decide who is whom among persons, all of whom may be connected. Pure and independent of their order.

    `crowds` are identifiers known to be shared by more persons than these: like those that more than CROWD of these
    share, they link nobody. `scored` are links by scores, which come last: they stand in the ledger already, and only
    what keeps two apart whom one would join is among the decisions. `by_time` are those of persons told of by a number
    alone that has changed hands, by whose it was (`contests`).
    """
    by_ref = {person.ref: person for person in sorted(persons, key=lambda p: p.ref)}
    judged = {(d.left, d.right): d for d in human if d.left in by_ref and d.right in by_ref}
    apart = {pair for pair, d in judged.items() if d.judgement == "different"}
    resolution = Resolution()
    groups = _Groups(by_ref, apart)
    linked = [decision for decision in judged.values() if decision.judgement == "same"]
    silent = {person.ref for person in by_ref.values() if says_nothing(person)}
    groups.vouch(sorted(linked))
    proposed = [d for d in sorted(_judge(by_ref.values(), crowds), key=_strength) if (d.left, d.right) not in judged]
    resolution.decisions = [groups.weigh(decision) for decision in proposed if _of(decision, silent) is None]
    by_number = [decision for decision in proposed if _of(decision, silent) is not None]
    by_number.sort(key=lambda d: (_strength(d)[0], _preference(d, by_ref, silent), d.left, d.right))
    doubtful = groups.doubtful(by_number, linked, silent)
    resolution.decisions += [groups.weigh(decision, doubtful) for decision in by_number]
    decided_by_people = {ref for decision in linked for ref in (decision.left, decision.right)}
    resolution.decisions += [
        groups.weigh(decision)
        for decision in sorted(by_time)
        if (decision.left, decision.right) not in judged
        and (decision.judgement == "same" or _of(decision, silent) not in decided_by_people)
    ]
    for decision in sorted(scored):
        if decision.left in by_ref and decision.right in by_ref and (decision.left, decision.right) not in judged:
            weighed = groups.weigh(decision, scored=True)
            resolution.decisions += [weighed] if weighed.judgement != "same" else []
    resolution.decisions = groups.once(resolution.decisions)
    resolution.components = groups.components()
    return resolution


def head(component: Iterable[PersonRef], rank: Mapping[int, int]) -> PersonRef:
    """The person whose own id the learner bears: of the most preferred source, then the first."""
    return min(component, key=lambda ref: (rank[ref.source], ref))


def _judge(persons: Iterable[PersonFacts], crowds: Collection[TypedId]) -> Iterator[Decision]:
    """One decision for each two persons who share an identifier that links."""
    holders: dict[TypedId, list[PersonFacts]] = defaultdict(list)
    for person in persons:
        for typed_id in person.ids:
            if typed_id.type in LINKING and typed_id not in crowds:
                holders[typed_id].append(person)
    shared: dict[tuple[PersonRef, PersonRef], tuple[PersonFacts, PersonFacts, list[TypedId]]] = {}
    for typed_id, people in holders.items():
        for left, right in combinations(people, 2) if len(people) <= CROWD else ():
            shared.setdefault((left.ref, right.ref), (left, right, []))[2].append(typed_id)
    for left, right, ids in shared.values():
        yield _decide(left, right, ids)
    yield from _zeros_apart(holders, shared)


def _zeros_apart(
    holders: Mapping[TypedId, Sequence[PersonFacts]], shared: Collection[tuple[PersonRef, PersonRef]]
) -> Iterator[Decision]:
    """Near matches of those whose numbers differ by leading zeros alone, which a spreadsheet takes away, where name and
    birth date agree.
    """
    written: dict[TypedId, list[tuple[str, PersonFacts]]] = defaultdict(list)
    for typed_id, people in holders.items():
        if typed_id.type in ONE_EACH and typed_id.value.isdigit() and len(people) <= CROWD:
            bare = typed_id._replace(value=typed_id.value.lstrip("0"))
            written[bare] += [(typed_id.value, person) for person in people]
    kinds: dict[tuple[PersonRef, PersonRef], str] = {}
    for bare, numbered in written.items():
        for (number, left), (other, right) in combinations(numbered, 2) if len(numbered) <= CROWD else ():
            pair = (min(left.ref, right.ref), max(left.ref, right.ref))
            if number != other and pair not in shared and left.births & right.births and same_name(left, right):
                kinds.setdefault(pair, bare.type)
    for pair, kind in kinds.items():
        reason = f"their {kind} ids differ by leading zeros alone, and name and birth date agree"
        yield Decision(*pair, "unsure", f"zeros-{kind}-id", reason)


def _decide(left: PersonFacts, right: PersonFacts, ids: list[TypedId]) -> Decision:
    kinds = sorted({typed_id.type for typed_id in ids}, key=LINKING.index)
    reason = f"they share a {' and a '.join(kinds)} id"
    if why := contradiction(left, right):
        return Decision(left.ref, right.ref, "unsure", f"shared-{kinds[0]}-id", f"{reason}, but {why}")
    return Decision(left.ref, right.ref, "same", f"shared-{kinds[0]}-id", reason)


def _of(decision: Decision, silent: Collection[PersonRef]) -> PersonRef | None:
    """The one whom a decision is about who is told of by numbers alone, if one of the two is."""
    ends = [ref for ref in (decision.left, decision.right) if ref in silent]
    return ends[0] if len(ends) == 1 else None


def _preference(decision: Decision, by_ref: Mapping[PersonRef, PersonFacts], silent: Collection[PersonRef]) -> int:
    """How much the source is believed that tells of the one of the two who is told of by more than numbers."""
    return min(by_ref[ref].rank for ref in (decision.left, decision.right) if ref not in silent)


def _other(decision: Decision, ref: PersonRef) -> PersonRef:
    return decision.right if ref == decision.left else decision.left


def _strength(decision: Decision) -> tuple[int, PersonRef, PersonRef]:
    kind = decision.rule.split("-")[1]
    return (LINKING.index(kind), decision.left, decision.right)


class _Groups:
    """Persons joined so far (a union-find that knows its members)."""

    def __init__(self, by_ref: Mapping[PersonRef, PersonFacts], apart: set[tuple[PersonRef, PersonRef]]) -> None:
        self._by_ref = by_ref
        self._apart = apart
        self._members = {ref: [ref] for ref in by_ref}
        self._group = {ref: ref for ref in by_ref}
        self._vouched = {ref: [ref] for ref in by_ref}

    def vouch(self, decisions: Iterable[Decision]) -> None:
        """Join those whom people have linked, whatever speaks against it. From then on each speaks for the others."""
        for decision in decisions:
            if not self._decided_apart(decision):
                self.join(decision)
        self._vouched = {ref: list(self._members[group]) for ref, group in self._group.items()}

    def doubtful(
        self, decisions: Iterable[Decision], linked: Iterable[Decision], silent: Collection[PersonRef]
    ) -> set[PersonRef]:
        """Those told of by a number alone that two have who are apart: nobody can know whose it is.

        The most preferred of the sources that name somebody under it says whose it is, if it names one. Where people
        have linked one of the two, it is that one's, and not the other's.
        """
        same = [decision for decision in decisions if decision.judgement == "same"]
        others: dict[tuple[PersonRef, str], list[PersonRef]] = defaultdict(list)
        for decision in same:
            if (ref := _of(decision, silent)) is not None:
                others[ref, decision.rule].append(_other(decision, ref))
        decided = [(ref, _other(decision, ref)) for decision in linked for ref in (decision.left, decision.right)]
        doubtful = set()
        for (ref, _), ends in others.items():
            first = min(self._by_ref[end].rank for end in ends)
            named = [end for end in ends if self._by_ref[end].rank == first]
            ours = sorted([*named, *(end for own, end in decided if own == ref)])
            if any(contradiction(self._by_ref[mine], self._by_ref[other]) for mine, other in combinations(ours, 2)):
                doubtful.add(ref)
        return doubtful

    def weigh(self, decision: Decision, doubtful: Collection[PersonRef] = (), *, scored: bool = False) -> Decision:
        """Join what a decision joins; where that would join two who are kept apart, it is a near match instead.

        Names and birth dates of the two that are `scored` have been weighed: only numbers speak against them.
        """
        if decision.judgement != "same":
            return decision
        if decision.left in doubtful or decision.right in doubtful:
            reason = f"{decision.reason}, but another one has it, too"
            return decision._replace(judgement="unsure", rule="kept-apart", reason=reason)
        contradicted = self._numbered_apart if scored else self._contradicted
        if why := self._decided_apart(decision) or contradicted(decision):
            return decision._replace(judgement="unsure", rule="kept-apart", reason=f"{decision.reason}, but {why}")
        self.join(decision)
        return decision

    def _pairs(self, decision: Decision) -> Iterator[tuple[PersonRef, PersonRef]]:
        """Who would be joined with whom."""
        left, right = self._group[decision.left], self._group[decision.right]
        if left != right:
            yield from product(self._members[left], self._members[right])

    def _decided_apart(self, decision: Decision) -> str | None:
        if any((min(pair), max(pair)) in self._apart for pair in self._pairs(decision)):
            return "a person has decided that two of those it would join are different learners"
        return None

    def _contradicted(self, decision: Decision) -> str | None:
        """What speaks against joining any two, unless it speaks for one whom people have linked with one of them."""
        for member, other in self._pairs(decision):
            reasons = [
                contradiction(self._by_ref[a], self._by_ref[b])
                for a, b in product(self._vouched[member], self._vouched[other])
            ]
            if all(reasons) and not self._by_another_name(member, other):
                return f"it would join two others: {reasons[0]}"
        return None

    def _numbered_apart(self, decision: Decision) -> str | None:
        """What speaks against joining any two, where names and birth dates of the two themselves do not count."""
        ends = {decision.left, decision.right}
        for member, other in self._pairs(decision):
            left, right = self._by_ref[member], self._by_ref[other]
            if why := differing_number(left, right) if ends & {member, other} else contradiction(left, right):
                return f"it would join two others: {why}"
        return None

    def _by_another_name(self, member: PersonRef, other: PersonRef) -> bool:
        """Whether but the names keep two apart, and one of those to be joined is known by both of them."""
        left, right = self._by_ref[member], self._by_ref[other]
        if contradiction(left, right) != NAMES_APART:
            return False
        among = [self._by_ref[ref] for end in (member, other) for ref in self._members[self._group[end]]]
        return any(
            (nicknamed(left, third) and not contradiction(third, right))
            or (nicknamed(right, third) and not contradiction(third, left))
            for third in among
        )

    def join(self, decision: Decision) -> None:
        """Join the groups of two persons."""
        left, right = sorted((self._group[decision.left], self._group[decision.right]))
        if left != right:
            self._members[left] += self._members.pop(right)
            for ref in self._members[left]:
                self._group[ref] = left

    def once(self, decisions: Sequence[Decision]) -> list[Decision]:
        """Decisions without near matches that a person need not look at: two groups are one question, asked once."""
        pairs: set[frozenset[PersonRef]] = set()
        remaining = []
        for decision in sorted(decisions, key=lambda d: d.rule == "kept-apart"):
            if decision.judgement == "unsure":
                between = frozenset((self._group[decision.left], self._group[decision.right]))
                if len(between) == 1 or between in pairs:
                    continue
                pairs.add(between)
            remaining.append(decision)
        return remaining

    def components(self) -> list[list[PersonRef]]:
        """All groups, in order."""
        return sorted(sorted(members) for members in self._members.values())
