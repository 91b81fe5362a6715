"""Sentences that the service says in English, with values in them, said again in the reader's language.

APIs, logs and ledgers keep the English. A page finds which sentence it was by its fixed words, and says that one.
"""

import re
from collections.abc import Callable, Collection, Mapping

from app.web.kit.words import _

SLOT = re.compile(r"%\((\w+)\)s")


def pattern(sentence: str, slots: Mapping[str, str] | None = None) -> re.Pattern[str]:
    """How a sentence is found, whatever its values are; `slots`: what a value of that name looks like."""
    shapes = slots or {}
    pieces = SLOT.split(sentence.replace("%%", "%"))
    written = [re.escape(piece) if n % 2 == 0 else _slot(piece, shapes) for n, piece in enumerate(pieces)]
    return re.compile("".join(written), re.DOTALL)


def _slot(name: str, shapes: Mapping[str, str]) -> str:
    return rf"(?P<{name}>{shapes.get(name, '.*?')})"


class Sentences:
    """Sentences by their English, those with most fixed words first.

    `readers` say a value of that name again; every other value stays as it is.
    """

    def __init__(
        self,
        sentences: Collection[str],
        readers: Mapping[str, Callable[[str], str]] | None = None,
        slots: Mapping[str, str] | None = None,
        first: Collection[str] = (),
    ) -> None:
        ordered = [*first, *sorted(sentences, key=lambda words: -len(SLOT.sub("", words)))]
        self._known = [(pattern(sentence, slots), sentence) for sentence in ordered]
        self._readers = readers or {}

    def translated(self, words: str) -> str | None:
        """The sentence in the reader's language, its values in their places; None where it is none of these."""
        for shape, sentence in self._known:
            if match := shape.fullmatch(words):
                values = {name: self._readers.get(name, str)(text) for name, text in match.groupdict().items()}
                return _(sentence, **values)
        return None
