"""Explain: a comparison in words, without a value of anybody's. Pure."""

from app.matching.guards import Candidate

WORDS = {
    "given": {
        "same": "the same given name",
        "short": "one given name is short for the other",
        "close": "given names spelled nearly the same",
        "initial": "one given name is the other's initial",
        "middle": "one's given name is the other's second one",
        "swapped": "given and family name change places",
        "different": "another given name",
    },
    "middle": {"same": "the same middle name", "different": "another middle name"},
    "family": {
        "same": "the same family name",
        "part": "a part of the family name in common",
        "close": "family names spelled nearly the same",
        "swapped": "",
        "different": "another family name",
    },
    "birth": {
        "same": "the same birth date",
        "swapped": "birth dates with day and month changed over",
        "digit": "birth dates one digit or one day apart",
        "placeholder": "birth dates of one year that stand for an unknown day, 1 January",
        "year": "the same birth year",
        "near": "birth years one apart",
        "different": "another birth date",
    },
    "grade": {"same": "the same grade", "near": "grades one apart", "different": "another grade"},
    "school": {"same": "the same school", "different": "another school"},
    "sex": {"same": "the same sex", "different": "another sex"},
    "number": {"same": "the same number", "edit": "numbers one digit apart", "different": "another number"},
    "household": {
        "same": "one household's e-mail, phone or address",
        "different": "no e-mail, phone or address in common",
    },
}
"""What each level of each field says, for a person who decides."""


def explain(candidate: Candidate, stop: str | None = None) -> str:
    """What speaks for and what against somebody's being the same person, the strongest first, and how likely it is.

    `stop` is what keeps the two from being linked without a person.
    """
    levels = candidate.compared.levels._asdict()
    parts = sorted(candidate.score.parts.items(), key=lambda part: (-abs(part[1]), part[0]))
    reasons = [(WORDS[name][levels[name]], levels[name] == "same" or bits > 0) for name, bits in parts]
    speaks_for = ", ".join(words for words, agrees in reasons if words and agrees) or "nothing"
    against = ", ".join(words for words, agrees in reasons if words and not agrees)
    sentence = f"{percent(candidate.score.probability)}: {speaks_for}"
    return sentence + (f"; against it: {against}" if against else "") + (f"; asked because {stop}" if stop else "")


def percent(probability: float) -> str:
    """A probability as a person reads it, never rounded up to certainty."""
    if probability >= 0.999:
        return "more than 99.9 % likely"
    return f"{int(probability * 1000) / 10:g} % likely" if probability >= 0.001 else "less than 0.1 % likely"
