"""Replaced: whether what a row tells now corrects what it told, or is of another person. Pure.

A correction is like what it corrects: a name that was misspelled, shortened, or written in another script or order, a
day and month that were swapped. Who changes their name keeps their birth date or, where none is told, their number. A
row of which neither name nor birth date is like what it was is another person's, also under the same number: districts
give numbers anew.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import product, takewhile
from typing import Literal

from app.matching.apart import LINKING, PersonFacts, differing_number
from app.matching.compare import dates, near
from app.matching.names import alike, shortened
from app.matching.traits import words

Likeness = Literal["same", "near", "other"]
"""How what is told now is like what was told before."""

Words = frozenset[str]


def became_another(before: PersonFacts, now: PersonFacts) -> str | None:
    """Why a person's record has become another person's, in words; None where it was corrected.

    An account's name or an address is no number, for families share one; but where neither birth date nor number is
    told both times, an account is another's whose family name, user name and address differ, too. Its own key at the
    source, which both bear, is to be left out of the `ids`.
    """
    first, family = _names(before, now)
    birth, number = _birth(before, now), _number(before, now)
    if first is None:
        return None
    if first == "other":
        another = _of_another_name(family, birth, number)
    else:
        another = family == birth == "other" and (first == "near" or number in ("near", "other"))
    if another:
        differing = [
            "family name" if first == "same" else "name",
            *(["birth date"] if birth in ("near", "other") else ()),
            *(["number"] if number in ("near", "other") else ()),
        ]
        return f"{' and '.join(differing)} differ"
    if first == "other" and birth is number is None and _account_of_another(before, now):
        return "the whole name and the account's name or address differ"
    return None


def became_another_by_and_by(
    first: PersonFacts, later: Sequence[tuple[datetime, PersonFacts]]
) -> tuple[str, datetime] | None:
    """Why a record is another person's than it was at first, and since when, though each change alone passed.

    `later` is who it told of from each time on, the first first. It is another's since the first of what differs, the
    name or the birth date, is told as it is now.
    """
    now = later[-1][1]
    reason = became_another(first, now)
    if reason is None:
        return None
    name = 0 if _names(first, now)[0] == "other" else 1
    names = [moment for moment, then in _last(later, lambda then: _names(then, now)[name] in ("same", "near"))]
    births = [moment for moment, then in _last(later, lambda then: _birth(then, now) in ("same", "near"))]
    differs = _birth(first, now) in ("near", "other")
    return reason, min([*names, *(births if differs else ())], default=later[-1][0])


def _last(
    later: Sequence[tuple[datetime, PersonFacts]], holds: Callable[[PersonFacts], bool]
) -> Iterator[tuple[datetime, PersonFacts]]:
    """The last of them for which something holds, up to the first for which it does not."""
    return takewhile(lambda telling: holds(telling[1]), reversed(later))


def _of_another_name(family: Likeness | None, birth: Likeness | None, number: Likeness | None) -> bool:
    """Whether it is of another person where the first name is another one."""
    if birth == "other":
        return True
    if birth == "near":
        return number != "same" and not (number is None and family in ("same", "near"))
    if birth is None:
        return number == "other" or (number == "near" and family == "other")
    return False


def _names(before: PersonFacts, now: PersonFacts) -> tuple[Likeness | None, Likeness | None]:
    """How the first and the family name are like what they were; None where one is not told both times."""
    first = _likeness(before.first_names, now.first_names)
    family = _likeness(before.family_names, now.family_names)
    crosswise = (_likeness(before.first_names, now.family_names), _likeness(before.family_names, now.first_names))
    if first == "other" and not {None, "other"} & {*crosswise}:
        return "same", "same"
    return first, family


def _likeness(before: Words, now: Words) -> Likeness | None:
    """How words are like others, in whatever script. Words with digits are never misspelled."""
    if not before or not now:
        return None
    mine, theirs = (frozenset(words(" ".join(sorted(spoken)))) for spoken in (before, now))
    numbered = [{word for word in spelled if any(char.isdigit() for char in word)} for spelled in (mine, theirs)]
    if all(numbered) and numbered[0] != numbered[1]:
        return "other"
    if mine & theirs:
        return "same"
    is_near = alike(mine, theirs) or shortened(mine, theirs) or any(near(a, b) for a, b in product(mine, theirs))
    return "near" if is_near else "other"


def _birth(before: PersonFacts, now: PersonFacts) -> Likeness | None:
    """How a birth date is like another: a slip is near, and so is the first of January. The same year says nothing."""
    if before.births and now.births:
        levels = {dates(a, b) for a, b in product(before.births, now.births)}
        if "same" in levels:
            return "same"
        return "near" if levels - {"different"} else "other"
    years = [person.birth_years | {birth.year for birth in person.births} for person in (before, now)]
    return "other" if all(years) and not years[0] & years[1] else None


def _number(before: PersonFacts, now: PersonFacts) -> Likeness | None:
    """Whether numbers are the same; near where one is, and another differs of which a learner has one."""
    mine, theirs = ({typed for typed in person.ids if typed.type in LINKING} for person in (before, now))
    if not mine or not theirs:
        return None
    if not mine & theirs:
        return "other"
    return "near" if differing_number(before, now) else "same"


def _account_of_another(before: PersonFacts, now: PersonFacts) -> bool:
    """Whether an account tells another family name, too, and another user name or address, and neither as before."""
    families = (before.family_names, now.family_names)
    if not all(families) or families[0] & families[1]:
        return False
    names = [{typed for typed in person.ids if typed.type in ("username", "email")} for person in (before, now)]
    return not names[0] & names[1] and bool({i.type for i in names[0]} & {i.type for i in names[1]})
