"""What a level looks like, in a learner's words and in a family's: those of the shipped policies, and anybody's own.

A level that a district named or described itself is told by its own description: nothing is put into its mouth.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from app.mastery.policies import KHAN_LEVELS, USUAL_LEVELS, Level
from app.web.kit.words import _, later


class Descriptor(NamedTuple):
    """A level by its name, for a learner ("I can …"), and for who cares for one."""

    name: str
    learner: str
    family: str


USUAL: Final = (
    Descriptor(
        later("Beginning"), later("I can make a start when somebody helps me."), later("Is making a start, with help.")
    ),
    Descriptor(
        later("Developing"),
        later("I can do parts of this by myself."),
        later("Can do parts of this alone, and needs help with the rest."),
    ),
    Descriptor(later("Proficient"), later("I can do this by myself."), later("Can do this without help.")),
    Descriptor(
        later("Advanced"),
        later("I can do this by myself, also where it is new to me."),
        later("Can do this without help, and use it in new situations."),
    ),
)
KHAN: Final = (
    Descriptor(
        later("Attempted"),
        later("I can try the exercises."),
        later("Has tried exercises on this, and is not there yet."),
    ),
    Descriptor(
        later("Familiar"), later("I can get most exercises right."), later("Gets most exercises on this right.")
    ),
    Descriptor(
        later("Proficient"), later("I can get a whole exercise right."), later("Gets whole exercises on this right.")
    ),
    Descriptor(
        later("Mastered"),
        later("I can still do this among other things."),
        later("Still gets this right in a test of several skills."),
    ),
)


def _shipped() -> Iterable[tuple[tuple[str, str], Descriptor]]:
    for levels, descriptors in ((USUAL_LEVELS, USUAL), (KHAN_LEVELS, KHAN)):
        for level, descriptor in zip(levels, descriptors, strict=True):
            yield (level.name, level.description), descriptor


SHIPPED: Final[Mapping[tuple[str, str], Descriptor]] = dict(_shipped())


def name(level: Level) -> str:
    """What a level is called, in the reader's language where it is a shipped one."""
    descriptor = SHIPPED.get((level.name, level.description))
    return _(descriptor.name) if descriptor else level.name


def usual(word: str) -> str | None:
    """What the usual level is called that a word means (by name or alias), in the reader's language; None: none.

    A number is no word: 3 may be of 4, or of 100.
    """
    if not word.strip(".,0123456789 "):
        return None
    for level, descriptor in zip(USUAL_LEVELS, USUAL, strict=True):
        if word.casefold() in (level.name.casefold(), *level.aliases):
            return _(descriptor.name)
    return None


def looks_like(level: Level, *, own: bool) -> str:
    """What a level looks like, to the learner (`own`) or to who cares for them, in their language."""
    descriptor = SHIPPED.get((level.name, level.description))
    if descriptor is None:
        return level.description
    return _(descriptor.learner if own else descriptor.family)
