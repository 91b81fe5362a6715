"""A transcript on paper: what was shared, as a tagged PDF with the address and the QR code to check it at.

What is said is put together here; how it looks is in `transcript.typ`, which Typst sets.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from io import BytesIO
from typing import Any

import msgspec
import segno

from app.sharing.readable import ReadableCredential, ReadableLine
from app.web.kit.words import _, language, later, ngettext, written_day
from app.web.paper.fonts import FAMILIES, MISSING, Fonts

LONG = 240
"""Letters of a name or description in a row of a record."""
WORD = re.compile(r"([!-\u024f]{30})(?=[!-\u024f])")
"""Latin letters without a space between them, after which a line may be broken."""
MISSING_NOTE = later("%(mark)s stands for a letter that this paper has no type for: the page at the address shows it.")

Printed = tuple[ReadableCredential, str, Mapping[str, str]]
"""A credential, its state in words, and the states of those inside it that were taken back, by their ids."""


@dataclass(frozen=True, slots=True)
class Cover:
    """What stands at the head of a transcript; `address` is where it can be checked."""

    owner: str
    learner: str | None
    purpose: str
    printed: str
    address: str


class PaperText(msgspec.Struct, frozen=True):
    """A text as it is set, and whether it reads from right to left."""

    text: str
    rtl: bool


class Result(msgspec.Struct, frozen=True):
    """A result by its name."""

    name: PaperText
    words: PaperText


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A credential inside a record: a row."""

    name: PaperText
    description: PaperText | None
    outcome: PaperText | None
    awarded: PaperText | None
    state: str | None
    narrative: PaperText | None
    details: list[PaperText]


class PartGroup(msgspec.Struct, frozen=True):
    """Parts of a record that are of a kind."""

    name: PaperText
    inside: list[Part]


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """A credential by itself, or what a record says before its parts."""

    name: PaperText
    facts: PaperText
    description: PaperText | None
    narrative: PaperText | None
    details: list[PaperText]
    results: list[Result]
    count: str
    groups: list[PartGroup]


class Labels(msgspec.Struct, frozen=True, kw_only=True):
    """What a transcript says by itself, in the language of whoever prints it."""

    language: str
    heading: str
    shared_for: str
    printed: str
    page: str
    qr: str
    proof: str


class Transcript(msgspec.Struct, frozen=True, kw_only=True):
    """All that `transcript.typ` reads."""

    title: str
    fonts: Sequence[str]
    owner: PaperText
    learner: PaperText | None
    purpose: PaperText
    labels: Labels
    address: str
    qr: str
    credentials: list[Whole]
    notes: list[str]


def transcript(cover: Cover, printed: Sequence[Printed], fonts: Fonts) -> bytes:
    """The PDF of what was shared. It takes some tenths of a second: keep it off the event loop."""
    typesetter = Typesetter(fonts)
    data = Transcript(
        title=_("Learner record, %(owner)s", owner=typesetter.text(cover.owner).text),
        fonts=FAMILIES,
        owner=typesetter.short(cover.owner),
        learner=typesetter.short(cover.learner) if cover.learner else None,
        purpose=typesetter.short(cover.purpose),
        labels=_labels(cover),
        address=cover.address,
        qr=_qr(cover.address),
        credentials=[typesetter.whole(*each) for each in printed],
        notes=[_(MISSING_NOTE, mark=MISSING)] if typesetter.missing else [],
    )
    source = files("app.web.paper").joinpath("transcript.typ").read_bytes()
    with fonts.alone:
        inputs = {"transcript": msgspec.json.encode(data).decode()}
        pdf: Any = fonts.compiler.compile(input=source, format="pdf", sys_inputs=inputs)
    return bytes(pdf)


def _labels(cover: Cover) -> Labels:
    return Labels(
        language=language(),
        heading=_("Learner record"),
        shared_for=_("Shared for:"),
        printed=_("Printed on %(day)s", day=cover.printed),
        page=_("Page"),
        qr=_("QR code of %(address)s", address=cover.address),
        proof=_("This paper proves nothing by itself. Whether it still holds is told at this address:"),
    )


class Typesetter:
    """Puts texts into the letters that there are, and remembers whether any is missing."""

    def __init__(self, fonts: Fonts) -> None:
        self._fonts = fonts
        self.missing = False

    def text(self, text: str) -> PaperText:
        """A text as it can be set, uncut, with its direction."""
        readable = self._fonts.readable(text)
        self.missing = self.missing or MISSING in readable
        return PaperText(WORD.sub("\\1\u200b", readable), _right_to_left(readable))

    def short(self, text: str) -> PaperText:
        """A text of a row, cut where it is too long for one."""
        return self.text(text if len(text) <= LONG else f"{text[:LONG].rstrip()}…")

    def whole(self, credential: ReadableCredential, state: str, inside: Mapping[str, str]) -> Whole:
        """A credential by itself."""
        until = _("until %(day)s", day=written_day(credential.expires)) if credential.expires else None
        issued = _("issued by %(issuer)s", issuer=credential.issuer)
        awarded = written_day(credential.awarded) if credential.awarded else None
        facts = [_(credential.kind), issued, awarded, until, state]
        count = len(credential.inside)
        return Whole(
            name=self.text(credential.name),
            facts=self.text(" · ".join(fact for fact in facts if fact)),
            description=self._optional(credential.about),
            narrative=self._optional(credential.narrative),
            details=self._details(credential),
            results=[
                Result(self.text(line.name), self.text(line.words or _("recorded"))) for line in credential.results
            ],
            count=ngettext(
                "%(n)s credential inside it, signed by itself",
                "%(n)s credentials inside it, each signed by itself",
                count,
            ),
            groups=[
                PartGroup(
                    self.short(_(group.name)), [self._part(child, inside.get(child.id or "")) for child in group.inside]
                )
                for group in credential.groups
            ],
        )

    def _part(self, credential: ReadableCredential, state: str | None) -> Part:
        return Part(
            name=self.short(f"{credential.code} {credential.name}" if credential.code else credential.name),
            description=self.short(credential.about) if credential.about else None,
            outcome=self.short(credential.outcome) if credential.outcome else None,
            awarded=self._optional(
                credential.term or (written_day(credential.awarded) if credential.awarded else None)
            ),
            state=state,
            narrative=self._optional(credential.narrative),
            details=self._details(credential),
        )

    def _details(self, credential: ReadableCredential) -> list[PaperText]:
        aligned = "; ".join(map(_line, credential.alignments))
        evidence = [piece for piece in credential.evidence if piece.words or piece.name != credential.name]
        sentences = [_("Aligned to: %(what)s", what=aligned)] if aligned else []
        pieces = (_("Evidence: %(what)s", what=_line(piece)) for piece in evidence)
        endorsed = (_("Endorsed by: %(what)s", what=_line(organization)) for organization in credential.endorsements)
        return [self.text(line) for line in (*sentences, *pieces, *endorsed)]

    def _optional(self, text: str | None) -> PaperText | None:
        return self.text(text) if text else None


def _qr(address: str) -> str:
    svg = BytesIO()
    segno.make(address, error="m").save(svg, kind="svg", border=2, dark="#1d2327", xmldecl=False)
    return svg.getvalue().decode()


def _line(line: ReadableLine) -> str:
    return f"{line.name} ({line.words})" if line.words and line.words != line.name else line.name


def _right_to_left(text: str) -> bool:
    """Whether the first letter with a direction reads from right to left (UAX 9, rules P2 and P3)."""
    for letter in text:
        if (direction := unicodedata.bidirectional(letter)) in ("L", "R", "AL"):
            return direction != "L"
    return False
