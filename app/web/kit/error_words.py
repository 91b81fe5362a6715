"""What a domain refuses, as a page says it: in the reader's language, without advice that is meant for programs."""

from app.web.kit.again import Sentences, pattern
from app.web.kit.error_sentences import PLAIN, SENTENCES, TITLES
from app.web.kit.words import _

__all__ = ["TITLES", "translated"]


def translated(detail: str) -> str:
    """A refusal's words; those that are not known here as they are."""
    for shape, words in INSTEAD:
        if match := shape.fullmatch(detail):
            return _(words, **match.groupdict())
    return KNOWN.translated(detail) or _(detail)


NAMED = {"id": r"\S+", "thing": r"[a-z ]+?"}
"""What stands for a thing, and for its id, in "No learner 6f1c…": no whole sentence does."""
INSTEAD = [(pattern(sentence, NAMED), words) for words, sentences in PLAIN.items() for sentence in sentences]
KNOWN = Sentences(SENTENCES)
