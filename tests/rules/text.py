"""Rules for words: no unfinished marks, one spelling, no machine's paths and no registry's address."""

import re
from collections.abc import Iterator

Breach = tuple[int, str]

# Each pattern holds a [c]lass so that it does not find itself.
ELSEWHERE = re.compile(
    r"[p]ypi\.org|[p]ythonhosted\.org|[r]egistry\.npmjs|[d]eb\.debian\.org|(?<![\w.-])/[w]ork/|(?<![\w.-])/[r]oot/|\.[l]ibrary/"
)
UNFINISHED = re.compile(r"\b([T]ODO|[F]IXME|[X]XX|[H]ACK)\b")
BRITISH = re.compile(
    r"\b([p]rogramme|[l]icence|[e]nrolment|[e]nrol\b|[c]olour|[b]ehaviour|[f]avour|[h]onour|[n]eighbour|[c]entre|[d]efence|"
    r"[o]rganis(?:e|ation)|[n]ormalis(?:e|ation)|[r]ecognis|[s]erialis|[a]uthoris|[i]nitialis|[s]ummaris|[c]ustomis|"
    r"[l]abell(?:ed|ing)|[m]odell(?:ed|ing)|[a]rtefact|[w]hilst|[a]nalyse|[s]pelt|[g]rey)",
    re.IGNORECASE,
)
SIC = "[sic]"  # beside a word that is somebody else's: a field of a source, a standard's own term


def anywhere(content: str) -> Iterator[Breach]:
    """What no file may hold."""
    for line, words in _lines(content):
        if match := ELSEWHERE.search(words):
            yield line, f"'{match[0]}' is an address of this or that machine or registry: take it out"


def ours(content: str) -> Iterator[Breach]:
    """What no file we wrote may hold."""
    for line, words in _lines(content):
        if match := UNFINISHED.search(words):
            yield line, f"'{match[0]}': finish it, or file an issue and take the mark out"
        if SIC not in words and (match := BRITISH.search(words)):
            yield line, f"'{match[0]}': American spelling (or {SIC} beside it, where the word is not ours)"


def _lines(content: str) -> Iterator[Breach]:
    return iter(enumerate(content.splitlines(), start=1))
