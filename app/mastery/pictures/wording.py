"""Wording: in whose words a picture speaks: the record's own in English, or those of whoever reads it at home."""

from datetime import datetime
from typing import NamedTuple, Protocol

from app.mastery.policies import Level
from app.mastery.standing import Item


class Say(Protocol):
    """Words in a reader's language, with values in their places: `say("%(n)s more", n=3)`."""

    def __call__(self, words: str, /, **values: object) -> str: ...


class Naming(Protocol):
    """What a level is called."""

    def __call__(self, level: Level, /) -> str: ...


class Dating(Protocol):
    """A day as it is written."""

    def __call__(self, moment: datetime, /) -> str: ...


def in_english(words: str, /, **values: object) -> str:
    """The words as they are."""
    return words % values if values else words


def as_named(level: Level, /) -> str:
    """A level by its own name."""
    return level.name


def day_in_english(moment: datetime, /) -> str:
    """October 3, 2026."""
    return f"{moment:%B %-d, %Y}"


def short_day_in_english(moment: datetime, /) -> str:
    """Oct 3."""
    return f"{moment:%b %-d}"


class Wording(NamedTuple):
    """How a picture says things: `codes`, whether competencies are called by their codes, too."""

    say: Say = in_english
    level: Naming = as_named
    codes: bool = True
    day: Dating = day_in_english
    short_day: Dating = short_day_in_english

    def label(self, item: Item) -> str:
        """What a competency is called."""
        return item.label if self.codes else item.statement


PLAIN = Wording()
"""The record's own words, in English."""
