"""Read N-Quads into statements, for the published vectors."""

import re

from app.credentials.jsonld.literals import STRING, quoted
from app.credentials.jsonld.statements import Quad

TERM = re.compile(
    r'\s*(<(?P<iri>[^>]*)>|(?P<blank>_:\S+)|"(?P<text>(?:[^"\\]|\\.)*)"(?:\^\^<(?P<type>[^>]*)>|@(?P<language>[\w-]+))?)'
)
ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
SHORT = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


def read(text: str) -> list[Quad]:
    """The statements of an N-Quads document."""
    return [_quad(line) for line in text.split("\n") if line.strip() and not line.startswith("#")]


def _quad(line: str) -> Quad:
    terms = []
    rest = line
    while match := TERM.match(rest):
        terms.append(_term(match))
        rest = rest[match.end() :]
    assert rest.strip() == ".", line
    subject, predicate, value, *graph = terms
    return subject, predicate, value, graph[0] if graph else ""


def _term(match: re.Match[str]) -> str:
    if match["iri"] is not None:
        return f"<{_plain(match['iri'])}>"
    if match["blank"] is not None:
        return match["blank"]
    text = quoted(_plain(match["text"]))
    if match["language"]:
        return f"{text}@{match['language']}"
    return text if match["type"] in (None, STRING) else f"{text}^^<{_plain(match['type'])}>"


def _plain(text: str) -> str:
    def character(escape: re.Match[str]) -> str:
        code = escape[1] or escape[2]
        return chr(int(code, 16)) if code else SHORT.get(escape[3], escape[3])

    return ESCAPE.sub(character, text)
