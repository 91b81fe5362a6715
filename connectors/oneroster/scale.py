"""Score scales that tools write: what a score is in the words of its scale.

Source: OneRoster 1.2 Gradebook Service, `ScoreScaleValueDType`: a left side is a value, which is the lower end of the
range that it begins, or a range whose ends belong to it; the right side is what that maps to.
"""

import re
from collections.abc import Sequence
from typing import Any

from connectors.fields import Fields
from connectors.oneroster.readers import Notes

Values = Sequence[tuple[str, str]]
"""The left and the right side of each value of a scale."""

_END = r"([+-]?\d+(?:\.\d+)?)"
_NUMBER = re.compile(_END)
_RANGE = re.compile(rf"'?{_END}'?\s*(?:[-\u2013\u2014]|\bto\b|\.\.)\s*'?{_END}'?")


def sides(values: Any) -> list[list[str]]:
    """The sides of a score scale's values as a tool wrote them; what is none is left out."""
    return [
        [left.strip(), right.strip()]
        for each in (values if isinstance(values, list) else [])
        if isinstance(each, dict)
        and isinstance(left := each.get("itemValueLHS"), str)
        and isinstance(right := each.get("itemValueRHS"), str)
        and left.strip()
        and right.strip()
    ]


def noted(scale: Fields | None, notes: Notes) -> Values:
    """Take the note on a score scale: its id goes into `notes`. What its values map to; nothing where it is unknown."""
    if scale is None:
        return ()
    notes["scoreScale"] = scale.ident("sourcedId")
    pairs = scale.pop("values", None) or []
    return [(left, right) for left, right in pairs]


def level(values: Values, score: float | None, text: str | None) -> str | None:
    """What a result reached in the words of its scale; None where the scale does not say.

    What is told in words goes before a number. A number on the right side (`A` is 4.0) is no word for a level.
    """
    if text is not None:
        reached = _by_words(values, text.strip().casefold())
    else:
        reached = None if score is None else _by_number(values, score)
    return None if reached is None or _NUMBER.fullmatch(reached) else reached


def _by_words(values: Values, text: str) -> str | None:
    for _, right in values:
        if right.casefold() == text:
            return right
    return next((right for left, right in values if left.strip("'").casefold() == text), None)


def _by_number(values: Values, score: float) -> str | None:
    lowest: list[tuple[float, str]] = []
    for left, right in values:
        if ends := _RANGE.fullmatch(left):
            if float(ends[1]) <= score <= float(ends[2]):
                return right
        elif _NUMBER.fullmatch(plain := left.strip("'")):
            lowest.append((float(plain), right))
    return max((each for each in lowest if each[0] <= score), default=(0.0, None))[1]
