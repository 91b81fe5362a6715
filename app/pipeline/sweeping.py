"""Sweeping changes: what a page changes of nearly everybody at once is a fault of the source more often than not.

A column that moved, a time zone, ids dealt out anew: each row by itself looks like a correction, and only all of them
together do not. What is looked at decides who somebody is or where they belong; an address may change for everybody.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from msgspec import structs

from app.db.pipeline.leaving import Alarm
from app.db.pipeline.revisions import Leavers
from schemas import AnyRecord, Demographics, Org, Person
from schemas.grades import FOLLOWING

MANY = 10
"""From so many on, and more than half of a page's who have it, a value changes for nearly everybody."""

A_SCHOOL, A_FEW = 5, 3
"""How many a school has at least that is looked at by itself, and how many leave one on a page where it is."""

AT_ONCE = 200
"""From so many on, a change that comes at once is one, however many are not told of."""

DAY = timedelta(days=1)
NUMBERS = frozenset({"district", "state"})
"""The types of numbers that decide who somebody is."""

FACETS = ("birth dates", "names", "numbers", "grades", "roles")


@dataclass(frozen=True, slots=True)
class Revised:
    """What a raw record says now, and what it said before the page came: the same, where it did not change."""

    key: str
    before: AnyRecord
    after: AnyRecord


def facets(changed: Sequence[Revised], *, turning: bool) -> list[str]:
    """What so many of a page have otherwise now that the rest of it must be looked at, too: of most pages nothing.

    `turning`: the school year does, so that all move up.
    """
    facets = [facet for facet in FACETS if not (turning and facet == "grades")]
    return [facet for facet in facets if sum(_differs(each, facet) for each in changed) >= MANY]


def least(current: int) -> int:
    """From how many on a delta changes a value for nearly everybody, of so many current records of its stream."""
    return min(current // 5, AT_ONCE)


def sweeps(stream: str, facets: Sequence[str], everybody: Sequence[Revised], least: int) -> list[Alarm]:
    """Which of these facets change for nearly everybody of a page, and for no fewer than `least`."""
    alarms = [_facet(stream, facet, everybody) for facet in facets]
    return [alarm for alarm in alarms if alarm is not None and alarm.gone >= least]


def moves(stream: str, leavers: Sequence[Leavers]) -> list[Alarm]:
    """Of which schools nearly everybody is at others now: all, or more than half of many."""
    alarms = []
    for school, role, keys, total, name in leavers:
        if len(keys) == total >= A_SCHOOL or (total >= MANY and 2 * len(keys) > total):
            where = f"{name} ({school})" if name else school
            words = f"{_many(len(keys), total)} with role {role} of school {where} are at other schools now"
            alarms.append(_alarm(stream, school, words, keys, total, scope="moved", role=role))
    return alarms


def exchanges(stream: str, changed: Sequence[Revised]) -> list[Alarm]:
    """Organizations each of which has the name of the other now."""
    names = {
        (each.before.name, each.after.name): each
        for each in changed
        if isinstance(each.before, Org) and isinstance(each.after, Org) and each.before.name != each.after.name
    }
    alarms = []
    for (old, new), org in names.items():
        if old < new and (other := names.get((new, old))) is not None:
            words = f"{old} ({org.key}) and {new} ({other.key}) have exchanged their names"
            alarms.append(_alarm(stream, f"{org.key} {other.key}", words, [org.key, other.key], 2))
    return alarms


def revised(key: str, before: AnyRecord, after: AnyRecord, on: date) -> Revised:
    """What a raw record says now and before, without the roles that are over on a day."""
    return Revised(key, _on(before, on), _on(after, on))


def _on(record: AnyRecord, on: date) -> AnyRecord:
    if not isinstance(record, Person):
        return record
    return structs.replace(record, roles=tuple(role for role in record.roles if role.ends is None or role.ends >= on))


def schools_left(changed: Sequence[Revised]) -> list[str]:
    """Schools that a good many of a page leave for others, but for those who move up by a grade."""
    counts: Counter[str] = Counter()
    for each in changed:
        if _rises(each):
            continue
        now = _schools(each.after)
        counts.update(_schools(each.before) - now if now else ())
    return sorted(school for school, count in counts.items() if count >= A_FEW)


def _value(record: AnyRecord, facet: str) -> object:
    """What a record says of a facet; None or empty where nothing."""
    match record:
        case Person() if facet == "names":
            legal = next((name for name in record.names if not name.preferred), None)
            return legal and ((legal.given or "").casefold(), (legal.family or legal.full or "").casefold())
        case Person() if facet == "numbers":
            return frozenset((n.type, n.issuer, n.value) for n in record.identifiers if n.type in NUMBERS)
        case Person() if facet == "grades":
            return record.grades
        case Person() if facet == "roles":
            return frozenset(role.role for role in record.roles)
        case Person() | Demographics() if facet == "birth dates":
            return record.birth_date
        case _:
            return None


def _differs(each: Revised, facet: str) -> bool:
    """Whether a facet that was told is another one now, or is told no more.

    A further role or number is neither, nor is a grade that rises by one: all do once a year, whoever says when.
    """
    if facet == "grades" and _rises(each):
        return False
    before, after = _value(each.before, facet), _value(each.after, facet)
    if isinstance(before, frozenset) and isinstance(after, frozenset):
        return bool(before) and not before & after
    return bool(before) and before != after


def _facet(stream: str, facet: str, revised: Sequence[Revised]) -> Alarm | None:
    having = [each for each in revised if _value(each.before, facet)]
    differing = [each for each in having if _differs(each, facet)]
    if len(differing) < MANY or 2 * len(differing) <= len(having):
        return None
    how = next((words for words, alike in ALIKE.get(facet, ()) if 2 * sum(map(alike, differing)) > len(differing)), "")
    words = f"the {facet} of {_many(len(differing), len(having))} records {how or 'change'}"
    return _alarm(stream, facet, words, [each.key for each in differing], len(having))


def _by_a_day(each: Revised) -> bool:
    if not isinstance(each.before, Person | Demographics) or not isinstance(each.after, Person | Demographics):
        return False
    before, after = each.before.birth_date, each.after.birth_date
    return before is not None and after is not None and abs(after - before) == DAY


def _vanishes(facet: str) -> Callable[[Revised], bool]:
    return lambda each: not _value(each.after, facet)


def _rises(each: Revised) -> bool:
    return _grade(each.after) in FOLLOWING.get(_grade(each.before), ())


def _grade(record: AnyRecord) -> str:
    """The grade of who is in one alone; nothing of anybody else."""
    grades = record.grades if isinstance(record, Person) else ()
    return grades[0].zfill(2) if len(grades) == 1 else ""


ALIKE: dict[str, tuple[tuple[str, Callable[[Revised], bool]], ...]] = {
    "birth dates": (("change by one day", _by_a_day), ("are told no more", _vanishes("birth dates"))),
    "numbers": (("are told no more", _vanishes("numbers")),),
    "grades": (("are told no more", _vanishes("grades")),),
    "roles": (("are told no more", _vanishes("roles")),),
}
"""In what way a facet changes, where it does so alike for most."""


def _schools(record: AnyRecord) -> set[str]:
    """The schools at which somebody has a role."""
    roles = record.roles if isinstance(record, Person) else ()
    return {role.org for role in roles if role.org is not None}


def _many(count: int, total: int) -> str:
    return f"all {total:,}" if count == total else f"{count:,} of {total:,}"


def _alarm(
    stream: str, key: str, words: str, keys: list[str], total: int, *, scope: str = "changed", role: str = "record"
) -> Alarm:
    return Alarm(
        stream=stream,
        scope=scope,
        key=key,
        role=role,
        words=f"{stream}: {words}",
        gone=len(keys),
        total=total,
        keys=keys,
    )
