"""Why two persons may be one learner, in the reader's language.

Rules and scores say it in English, which the API and the ledger keep; a page says it again.
"""

import re
from collections.abc import Callable

from app.matching.explain import WORDS
from app.web.kit.words import _, later, retold

SAID = (
    later("their given names differ"),
    later("their given names have nothing in common"),  # so decisions of earlier releases have it
    later("their birth dates differ"),
    later("their birth years differ"),
    later("another one has it, too"),
    later("it was another one's, of whom a source told that was removed"),
    later("a person has decided that two of those it would join are different learners"),
    later("name and birth date differ"),
    later("the whole name differs"),
    later("an e-mail address"),
    later("a user name"),
    later("an account"),
    later("a number of theirs differs"),
    later("too little speaks for it"),
    later("the given name is not the same"),
    later("neither name is quite the same"),
    later("the family name is not the same"),
    later("the birth date is not the same"),
    later("without a birth date it may be a sister or brother"),
    later("both given names are ones that people bear"),
    later("somebody else of this family has the same birth date"),
    later("somebody else fits nearly as well"),
    later("a part of the family name is another one"),
    later("another one of its own source may be them as well"),
    later("another system tells of another birth date"),
    later("a number or a letter in their names differs"),
    later("one is a junior, and the other not, or another one"),
)
"""What keeps two apart, or a score from linking them, in fixed words."""
IDS = {
    "state": later("state id"),
    "district": later("district id"),
    "sourced": later("sourced id"),
    "program": later("program id"),
    "did": later("did id"),
}
"""Types of identifier that link persons (`app.matching.apart.LINKING`)."""
PATTERNS = (
    (r"(?P<reason>.*), but (?P<why>.*)", later("%(reason)s, but %(why)s")),
    (r"it would join two others: (?P<why>.*)", later("it would join two others: %(why)s")),
    (r"they share a (?P<ids>.*) id", later("they share a %(ids)s")),
    (
        r"it is told of by a (?P<ids>\w+) id that was theirs then",
        later("it is told of by a %(ids)s that was theirs then"),
    ),
    (
        r"it is told of by a (?P<ids>\w+) id that was theirs, and the name agrees",
        later("it is told of by a %(ids)s that was theirs, and the name agrees"),
    ),
    (r"it is told of by a (?P<ids>\w+) id that was theirs", later("it is told of by a %(ids)s that was theirs")),
    (r"they share (?P<what>an? .*)", later("they share %(what)s")),
    (
        r"it is told of by (?P<what>an? .*) that was theirs then",
        later("it is told of by %(what)s that was theirs then"),
    ),
    (
        r"it is told of by (?P<what>an? .*) that was theirs, and the name agrees",
        later("it is told of by %(what)s that was theirs, and the name agrees"),
    ),
    (r"it is told of by (?P<what>an? .*) that was theirs", later("it is told of by %(what)s that was theirs")),
    (
        r"their (?P<ids>\w+) ids differ by leading zeros alone, and name and birth date agree",
        later("their %(ids)ss differ by leading zeros alone, and name and birth date agree"),
    ),
    (
        r"it happened under (?P<key>.*), and may be of whoever had that key before or of whoever has it since",
        later("it happened under %(key)s, and may be of whoever had that key before or of whoever has it since"),
    ),
    (r"their (?P<ids>\w+) ids differ", later("their %(ids)ss differ")),
    (r"more than (?P<percent>[\d.]+) % likely: (?P<rest>.*)", later("more than %(percent)s %% likely: %(rest)s")),
    (r"less than (?P<percent>[\d.]+) % likely: (?P<rest>.*)", later("less than %(percent)s %% likely: %(rest)s")),
    (r"(?P<percent>[\d.]+) % likely: (?P<rest>.*)", later("%(percent)s %% likely: %(rest)s")),
    (r"(?P<rest>.*); asked because (?P<why>.*)", later("%(rest)s; asked because %(why)s")),
    (r"(?P<compared>.*); against it: (?P<against>.*)", later("%(compared)s; against it: %(against)s")),
)
"""What is said with values in it: how that is found, and what is said for it."""
NOTHING = later("nothing")
COMPARED = sorted({words for levels in WORDS.values() for words in levels.values() if words}, key=len, reverse=True)
LISTED = re.compile(f"(?:^|(?<=, ))(?:{'|'.join(map(re.escape, COMPARED))})(?=, |$)")
"""What was compared: some of it has a comma inside."""


def translated(reason: str) -> str:
    """A reason in the reader's language; one that is not known here as it is."""
    if words := retold(reason, PATTERNS, lambda name, value: _PARTS.get(name, translated)(value)):
        return words
    return LISTED.sub(lambda phrase: _(phrase[0]), reason) if LISTED.search(reason) else _(reason)


def _ids(kinds: str) -> str:
    return _(" and a ").join(_(IDS[kind]) if kind in IDS else f"{kind} id" for kind in kinds.split(" and a "))


_PARTS: dict[str, Callable[[str], str]] = {"ids": _ids, "percent": str}
"""How the values in a reason are said; all others are reasons themselves."""
