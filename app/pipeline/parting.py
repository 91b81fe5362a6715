"""Parting: one number that a source tells of two children.

Who pushes or hands a file in names children by a number that people typed. Where the same number comes once with one
child's name or birth date and once with another's, neither may ever be shown what the other did: what is told of each
goes to a person of their own under that number, and identity asks somebody who is who, as it does between sources. A
roster tells of a person under the person's own key: that is a correction, or a succession (`succession.py`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec
from msgspec.structs import replace as with_values

from app.db import Tx
from app.db.identity import ledger
from app.db.pipeline import claims, successions
from app.matching.apart import LINKING, PersonFacts, PersonRef, account_of_another, contradiction, person_facts
from app.pipeline.arrival import Arrival
from app.pipeline.normalize import Statement, decode_record
from app.pipeline.rows import own_key
from app.pipeline.succession import with_keys
from schemas import Name, Person

MARK = "\N{BROKEN BAR}"
"""What stands between a number and which child it is told of, from the second on."""

UNTOLD = 0
"""Which child that is where two are told of under a number, and neither is named."""

MOST = 9
"""So many children are told apart under one number."""

TYPED = frozenset({"state", "district", "program", "email", "username", "other"})
"""Kinds of identifier that people type; what programs make (a did) tells its own child in any name."""

ACCOUNT = "account"
"""A kind that programs make and give anew: a child calls itself by many names there, but not by another whole one."""

NUMBERED = TYPED | {"sourced", ACCOUNT}
"""Kinds of identifier that somebody else gives than the source which tells of them, and may give to another child."""

BEFORE = "before"
"""Stands after the mark where what names nobody was told while the number was one child's."""

RULE = "number-of-another"
_encode = msgspec.json.Encoder(order="deterministic").encode


@dataclass(slots=True)
class Children:
    """The children told of under one number, by the keys they have here, the first first."""

    known: dict[str, PersonFacts] = field(default_factory=dict)

    def who(self, number: str, raw_key: str, child_told: PersonFacts, before: str | None) -> tuple[str, str | None]:
        """The key of the child a raw record tells of; and why it is another than those known, where it is a new one."""
        if not _tells(child_told):
            several = len(self.known) > 1
            return (before or nth_child(number, UNTOLD) if several else number), None
        reasons = []
        for key, child in self.known.items():
            if (why := _apart(number, child, child_told)) is None:
                self.known[key] = _both(child, child_told)
                return key, None
            reasons.append(why)
        free = (nth_child(number, n) for n in range(1, MOST + 1))
        key = next((key for key in free if key not in self.known), f"{number}{MARK}{raw_key}")
        self.known[key] = child_told
        return key, reasons[0] if reasons else None


@dataclass(frozen=True, slots=True)
class Claims:
    """Which raw records tell of which number, and what of its child: by number, then by the words, their raw keys."""

    of: Mapping[str, Mapping[str, list[str]]]

    @classmethod
    def among(cls, stated: Sequence[Statement]) -> "Claims":
        """Those of statements that tell of a person under another key than the person's own."""
        bodies: dict[str, dict[str, list[str]]] = {}
        for s in stated:
            kind = s.key.partition(":")[0]
            if s.kind == "person" and (kind in TYPED or kind == ACCOUNT) and own_key(s.raw_key) != s.key:
                bodies.setdefault(s.key, {}).setdefault(s.body, []).append(s.raw_key)
        return cls(bodies)


async def with_children(tx: Tx, arrival: Arrival, stated: Sequence[Statement]) -> tuple[Sequence[Statement], list[str]]:
    """Statements with the child whom each is about, and what to know of numbers that are told of two."""
    typed = Claims.among(stated)
    if not typed.of:
        return stated, []
    source, stream = arrival.source.id, arrival.stream.name
    replaced = {key for bodies in typed.of.values() for keys in bodies.values() for key in keys}
    first = await claims.by_keys(tx, source, typed.of, stream, replaced)
    doubtful = {
        number: most for number, bodies in typed.of.items() if (most := _others(number, bodies, first.get(number, ())))
    }
    if not doubtful:
        return stated, []
    keys = [nth_child(number, n) for number, most in doubtful.items() for n in range(2, most + 1)]
    further = await claims.by_keys(tx, source, keys, stream, replaced)
    before = await successions.persons_of(tx, source, stream, replaced)
    whose: dict[tuple[str, str], str] = {}
    notes = []
    for number in doubtful:
        bodies = {key: further.get(key, ()) for key in (nth_child(number, n) for n in range(2, MOST + 1))}
        children = Children({key: _known(of) for key, of in {number: first.get(number, ()), **bodies}.items() if of})
        notes += await _assign(
            tx, arrival, number, bodies=typed.of[number], children=children, before=before, whose=whose
        )
    return [_said_of(statement, whose) for statement in stated], notes


async def _assign(
    tx: Tx,
    arrival: Arrival,
    number: str,
    bodies: Mapping[str, Collection[str]],
    children: Children,
    before: Mapping[str, str],
    whose: dict[tuple[str, str], str],
) -> list[str]:
    """Say of each raw record whose number it tells (`whose`, by raw key and number); what to know of it."""
    notes = []
    in_order = sorted((raw_key, body) for body, raw_keys in bodies.items() for raw_key in raw_keys)
    for raw_key, body in sorted(in_order, key=lambda pair: not _tells(_known([pair[1]]))):
        earlier = before.get(raw_key)
        key, why = children.who(
            number, raw_key, _known([body]), earlier if earlier and origin(earlier) == number else None
        )
        whose[raw_key, number] = key
        if why is not None:
            kind = number.partition(":")[0]
            notes.append(
                f"{arrival.stream.name}: {number} is told of two children ({why}): each keeps what is told of them, "
                "and a near match waits for somebody to look at"
            )
            if kind not in LINKING:
                await _ask(tx, arrival, number, key, why)
    return notes


async def _ask(tx: Tx, arrival: Arrival, number: str, key: str, why: str) -> None:
    """A near match of two who share what links nobody by itself, such as a family's address."""
    pair = PersonRef(arrival.source.id, number), PersonRef(arrival.source.id, key)
    await ledger.ask(tx, pair, RULE, f"they share their {number.partition(':')[0]}, but {why}")


def nth_child(number: str, n: int) -> str:
    """The key of the nth child who is told of under a number."""
    return number if n == 1 else f"{number}{MARK}{n}"


def unassigned_key(number: str, children: int = 2) -> str:
    """The key of what is told by a number alone, and of which of so many children is not known."""
    return nth_child(origin(number), UNTOLD) + (f".{children}" if children > 2 else "")


def nameless_of(number: str, place: int) -> str:
    """The key of what named nobody while a number was one child's, by the child's place among all who had it."""
    return f"{origin(number)}{MARK}{BEFORE}{place + 1 if place else ''}"


def place_of(key: str) -> int | None:
    """The place that such a key tells: UNTOLD - 1 where nobody knows whose it is, None of other keys."""
    kind = key.partition(MARK)[2]
    if kind.partition(".")[0] == str(UNTOLD):
        return UNTOLD - 1
    number = kind.removeprefix(BEFORE)
    return None if number == kind or not (number or "1").isdecimal() else int(number or 1) - 1


def is_numbered(key: str) -> bool:
    """Whether a person's key is a number that somebody has, and not a source's own key of the person."""
    return key.partition(":")[0] in NUMBERED


def origin(person: str) -> str:
    """The number under which a child is told of."""
    return person.partition(MARK)[0]


def _apart(number: str, child: PersonFacts, other: PersonFacts) -> str | None:
    """What says that two who are told of under a number are two children."""
    return (account_of_another if number.startswith(f"{ACCOUNT}:") else contradiction)(child, other)


def _others(number: str, bodies: Collection[str], earlier: Sequence[str]) -> int:
    """How many children of a number are to be looked at: 0 where all that is told fits the first, and names them.

    Where nobody is named and nothing is against the first, it is enough to know whether there is a second.
    """
    if len({*bodies, *earlier}) == 1:
        return 0
    child, nameless = _known(earlier), False
    for body in bodies:
        another_child = _known([body])
        if _apart(number, child, another_child):
            return MOST
        child, nameless = _both(child, another_child), nameless or not _tells(another_child)
    return 2 if nameless else 0


def _known(bodies: Sequence[str]) -> PersonFacts:
    """Who somebody is, by what is told of them: names and birth dates, for the number says nothing here."""
    records = [decode_record(body) for body in bodies]
    described = [with_values(r, names=tuple(map(_in_parts, r.names))) for r in records if isinstance(r, Person)]
    return person_facts(PersonRef(0, ""), 0, (), described)


def _in_parts(name: Name) -> Name:
    """A whole name in its parts, as one source writes them all: brothers have the last of them in common."""
    family, comma, first = (name.full or "").partition(",")
    if not comma:
        first, _, family = family.strip().rpartition(" ")
    return Name(given=first, family=family) if first.strip() else name


def _tells(child: PersonFacts) -> bool:
    return bool(child.first_names or child.births or child.birth_years)


def _both(left: PersonFacts, other: PersonFacts) -> PersonFacts:
    return replace(
        left,
        first_names=left.first_names | other.first_names,
        family_names=left.family_names | other.family_names,
        births=left.births | other.births,
        birth_years=left.birth_years | other.birth_years,
    )


def _said_of(statement: Statement, whose: Mapping[tuple[str, str], str]) -> Statement:
    if statement.person is None:
        return statement
    key = whose.get((statement.raw_key, statement.person), statement.person)
    if key == statement.person:
        return statement
    record = with_keys(decode_record(statement.body), {statement.person: key})
    own = key if isinstance(record, Person) else statement.key
    return with_values(statement, key=own, person=key, body=_encode(record).decode())
