"""Which format a file of frameworks has, and the CASE packages it becomes. Pure."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import msgspec

from app.errors import ConfigError
from app.frameworks.case.package import EXAMPLES, Finding, unpack
from app.frameworks.formats import edfi, linked, spreadsheets
from app.frameworks.formats.foreign import Foreign, package
from app.frameworks.sheet import text_of

READ = (
    "CASE, CTDL-ASN, ASN, Ed-Fi LearningStandards, outcomes of Canvas, competency frameworks of Moodle, rows under "
    "CASE's own names"
)
KNOWN_BY = "a CFDocument, a CompetencyFramework, a StandardDocument or learningStandardIds"


class ReadPackage(NamedTuple):
    """A CASE package, and what of its file is not in it; None where the file is that package."""

    body: bytes
    lost: list[Finding] | None


def packages_of(received: bytes, base: str, title: str | None = None) -> list[ReadPackage]:
    """The CASE packages in a file, whatever wrote it. `title` names a framework whose file has no name for it.

    ConfigError for a file of another kind, in words that say what is read.
    """
    text = unpack(received)
    document = _json(text)
    if isinstance(document, dict) and "CFDocument" in document:
        return [ReadPackage(received, None)]
    frameworks = _sheet(text, title) if document is None else list(_foreign(document))
    if not any(framework.competencies for framework in frameworks):
        raise ConfigError("the file holds a framework, and no competency in it: export it with its competencies")
    return [
        ReadPackage(msgspec.json.encode(package(framework, base)), list(_lost(framework))) for framework in frameworks
    ]


def _json(text: bytes) -> Any:
    """The JSON in a file, or a list of what each of its lines has; None where it is no JSON."""
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # then it is one a line, or a spreadsheet
        return msgspec.json.decode(text)
    try:
        return msgspec.json.Decoder().decode_lines(text) if text.lstrip()[:1] == b"{" else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as why:
        raise ConfigError(f"this is no JSON ({why}): fetch it again") from None


def _foreign(document: Any) -> Iterator[Foreign]:
    if edfi.is_edfi(document):
        yield from edfi.read(document)
    elif linked.is_linked(document):
        yield from linked.read(document)
    else:
        raise ConfigError(f"this JSON is no framework that is read here: it has none of {KNOWN_BY}. Read are {READ}")


def _sheet(text: bytes, title: str | None) -> list[Foreign]:
    written = text_of(text)
    reader = spreadsheets.reader_of(written)
    if reader is None:
        raise ConfigError(
            f"this is no framework of another system that is read here ({READ}). A spreadsheet of your own goes to "
            "POST /v1/frameworks/csv, with its title and creator"
        )
    return [reader(written, title)]


def _lost(framework: Foreign) -> Iterator[Finding]:
    """What its format says and CASE has no field for."""
    for name, count in sorted(framework.lost.items())[: 4 * EXAMPLES]:
        yield Finding(f"{name} is not kept: CASE has no field for it", count, [framework.title])
