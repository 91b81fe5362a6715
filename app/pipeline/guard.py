"""The guard: what a run would end is judged as a district would judge it, by school, class, grade and role.

A share of all records says little: a school of twelve is a twelfth of them, and all of its children. What is alarming
is shown in words, with names and counts, and ends only once a person allowed what was shown.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.db import Tx
from app.db.pipeline import leaving
from app.db.pipeline.leaving import Alarm, Group

FEW = 5
"""So many may go from a small list, of which a few are a large share: but not half of it, and never all."""

A_SCHOOL, A_CLASS, A_GRADE, A_ROLE = 3, 5, 5, 3
"""From how many on a school, a class, a grade and a role are looked at by themselves: fewer come and go."""

MANY = 10
"""From how many on half of a school or of a grade is alarming, too."""

ADULTS = {
    "administrator": "administrators",
    "aide": "aides",
    "counselor": "counselors",
    "principal": "principals",
    "proctor": "proctors",
    "teacher": "teachers",
}
STUDENTS = "students"
ROLLOVER = "rollover"
CHANGES = frozenset({"changed", "moved"})
"""Scopes of alarms that are about what changes for nearly everybody (`app.pipeline.sweeping`), not about who leaves."""


@dataclass(frozen=True, slots=True)
class LeavingRecords:
    """A stream's records that a run would end: their keys, and what to compare them with."""

    stream: str
    keys: Sequence[str]
    at: datetime
    since: datetime  # what was retracted after that moment, in this run, leaves as well
    classes: bool = True  # a class that a source takes back record by record is its own business


async def alarms_of(tx: Tx, source: int, leavers: Iterable[LeavingRecords], share: float) -> list[Alarm]:
    """What is alarming of all that would leave, the widest first."""
    alarms: list[Alarm] = []
    for leaver in leavers:
        groups = await leaving.groups(tx, source, leaver.stream, leaver.keys, on=leaver.at.date(), since=leaver.since)
        seen = groups if leaver.classes else [group for group in groups if group.scope != "class"]
        alarming = [group for group in seen if is_alarming(group, share)]
        alarms += [_alarm(leaver.stream, group, groups) for group in alarming if not _told_with(group, alarming)]
    return alarms


def _told_with(group: Group, alarming: Sequence[Group]) -> bool:
    """Whether a grade, at a school or everywhere, need not be told by itself: all of it is told with another group."""
    keys = set(group.keys)
    others = [other for other in alarming if other.role == group.role and other.scope != group.scope]
    match group.scope:
        case "grade":  # it vanishes at one school alone
            return any(other.scope == "school grade" and keys <= set(other.keys) for other in others)
        case "school grade":
            wider = [o for o in others if o.scope == "school" or (o.scope == "grade" and o.gone > group.gone)]
            return any(keys <= set(other.keys) for other in wider)
    return False


def is_alarming(group: Group, share: float) -> bool:
    """Whether so much of a group would leave that a person must look first."""
    gone, total = group.gone, group.total
    match group.scope:
        case "all":
            return is_shrinking(gone, total, share)
        case "role":
            return total >= A_ROLE and is_shrinking(gone, total, share)
        case "school":
            return gone == total >= A_SCHOOL or (total >= MANY and 2 * gone > total)
        case "grade" | "school grade":
            return gone == total >= A_GRADE or (total >= MANY and 2 * gone >= total)
        case _:
            return group.role == "student" and total >= A_CLASS and 2 * gone > total


def is_shrinking(gone: int, current: int, share: float) -> bool:
    """Whether so much is gone of a list that a person must look first."""
    if gone <= share * current:
        return False
    return gone > FEW or gone == current > 1 or (current > FEW and 2 * gone >= current)


def not_allowed(alarms: Sequence[Alarm], before: Sequence[Alarm], run: int | None) -> list[Alarm]:
    """The alarms that nobody has allowed: those of a group that was not shown, or of which others leave than shown.

    A change that was allowed is, for whomever it comes: only the page that it came on first was shown.

    `run`: all that this earlier run showed counts as allowed.
    """
    allowed = [alarm for alarm in before if alarm.allowed_at is not None or alarm.run_id == run]
    return [alarm for alarm in alarms if not any(_allows(other, alarm) for other in allowed)]


def in_words(alarms: Sequence[Alarm]) -> str:
    """What is held, for the history of the run."""
    several = f" ({len(alarms)} findings)" if len(alarms) > 1 else ""
    words = "; ".join(alarm.words for alarm in alarms)
    if all(alarm.scope in CHANGES for alarm in alarms):
        return f"{words}{several}; nothing was changed: look at the source, then sync again and allow what is right"
    return f"{words}{several}; nothing was ended: look at the source, then sync again and allow what is right to shrink"


def left_by_rollover(leaver: LeavingRecords, run: int) -> Alarm:
    """Who was no longer listed while the school year turned: once it has turned, they may end without a word more."""
    count = len(leaver.keys)
    return Alarm(
        stream=leaver.stream,
        scope=ROLLOVER,
        key="",
        role="record",
        words=f"{leaver.stream}: {count:,} records are no longer listed since the school year turned",
        gone=count,
        total=count,
        keys=list(leaver.keys),
        run_id=run,
        allowed_at=leaver.at,
        allowed_by="the calendar's rollover",
    )


def _allows(allowed: Alarm, alarm: Alarm) -> bool:
    """Whether what was allowed is all of an alarm; of a change, whoever else it comes to."""
    return _covers(allowed, alarm) and (alarm.scope in CHANGES or set(alarm.keys) <= set(allowed.keys))


def _covers(allowed: Alarm, alarm: Alarm) -> bool:
    """Whether what was allowed speaks of an alarm's group. A rollover does of who leaves, but not of a whole school."""
    if allowed.scope == ROLLOVER:
        return allowed.stream == alarm.stream and alarm.scope not in {"school", *CHANGES}
    mine = (alarm.stream, alarm.scope, alarm.key, alarm.role)
    return mine == (allowed.stream, allowed.scope, allowed.key, allowed.role)


def _alarm(stream: str, group: Group, groups: Sequence[Group]) -> Alarm:
    return Alarm(
        stream=stream,
        scope=group.scope,
        key=group.key,
        role=group.role,
        words=f"{stream}: {_words(group, groups)}",
        gone=group.gone,
        total=group.total,
        keys=group.keys,
    )


def _words(group: Group, groups: Sequence[Group]) -> str:
    who = _who(group)
    count = f"all {group.total:,}" if group.gone == group.total else f"{group.gone:,} of {group.total:,}"
    match group.scope:
        case "school" | "class":
            name = f"{group.name} ({group.key})" if group.name else group.key
            return f"{count} {who} of {group.scope} {name} are gone"
        case "grade":
            return f"{count} {who} of grade {group.key} are gone"
        case "school grade":
            school, _, grade = group.key.rpartition("/")
            name = f"{group.name} ({school})" if group.name else school
            return f"{count} {who} of grade {grade} of school {name} are gone"
        case "role":
            return f"{count} {who} are gone{_by_school(group.role, groups)}"
        case _:
            return f"{group.gone:,} of {group.total:,} records are gone{_by_school(None, groups)}"


def _by_school(role: str | None, groups: Sequence[Group]) -> str:
    """The counts by school, the most first; "" where no school is known."""
    schools = [g for g in groups if g.scope == "school" and role in (None, g.role)]
    first = sorted(schools, key=lambda g: (-g.gone, g.key))[:5]
    parts = [f"{g.name or g.key}: {g.gone:,} of {g.total:,} {_who(g)}" for g in first]
    more = f", and {len(schools) - len(first):,} more" if len(schools) > len(first) else ""
    return f" ({', '.join(parts)}{more})" if parts else ""


def _who(group: Group) -> str:
    return STUDENTS if group.role == "student" else ADULTS.get(group.role, f"with role {group.role}")
