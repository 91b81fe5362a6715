"""What a file is, by what it holds: a roster, assessments, evidence; badges and frameworks are told where they go."""

import re
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path, PurePath
from typing import Any

from app.db.sources.sources import SourceRow
from app.errors import ConfigError
from app.sources.source import public_settings
from connectors import Part, named
from connectors.assessment_file import AssessmentFileSettings
from connectors.errors import TesseraError
from connectors.evidence.files import is_evidence
from connectors.kit.encodings import decoded
from connectors.kit.files import open_bundle
from connectors.kit.tables import is_guide, tables

ROSTER = frozenset(
    {"manifest", "users", "orgs", "classes", "courses", "enrollments", "academicsessions", "demographics"}
)
"""The files of a OneRoster bundle."""

_ROSTER_COLUMNS = {
    "users.csv": frozenset({"sourcedid", "givenname", "familyname"}),
    "enrollments.csv": frozenset({"sourcedid", "classsourcedid", "usersourcedid"}),
    "classes.csv": frozenset({"sourcedid", "coursesourcedid", "title"}),
    "academicSessions.csv": frozenset({"sourcedid", "startdate", "enddate", "schoolyear"}),
    "results.csv": frozenset({"sourcedid", "lineitemsourcedid", "studentsourcedid"}),
}
"""The columns by which a file of a OneRoster bundle is known where it has another name."""

_FRAMEWORK_COLUMNS = frozenset({"fullstatement", "humancodingscheme"})
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8")
_BADGE_WAY = "post it to /v1/badges, or share it from the learner's wallet"
_FRAMEWORK, _BADGE = (
    ("CFDocument", "CFItems"),
    ("verifiableCredential", "OpenBadgeCredential", "AchievementCredential", "badge"),
)


def recognized(path: Path, assessments: Sequence[SourceRow]) -> str:
    """The connector that reads a file. ConfigError where none does, in words that say what the file may be.

    `assessments` are the tenant's sources of assessment files: their own layouts are tried, too.
    """
    with open_bundle(path) as bundle:
        names = [name for name in bundle.names() if not is_guide(name)]
        stems = {PurePath(name).stem.lower() for name in names if name.lower().endswith(".csv")}
        if len(stems & ROSTER) > 1 or (len(names) == 1 and stems & {"users", "orgs", "enrollments"}):
            return "oneroster"
        for name in (names or bundle.names())[:1]:
            _check_start(name, bundle.open(name).read(200_000))
    complaints = []
    for settings in (dict[str, Any](), *(public_settings(row) for row in assessments)):
        try:
            next(iter(_assessments(path, settings)))
        except StopIteration:
            continue
        except TesseraError as why:
            complaints.append(str(why))
        else:
            return "assessment_file"
    if _is_evidence(path):
        return "evidence"
    raise ConfigError(
        f"say whose file it is: --source SLUG, or --connector NAME. It is no roster and no "
        f"evidence, and of assessments: {complaints[0]}"
    )


def _assessments(path: Path, settings: dict[str, Any]) -> Iterable[Part]:
    connector = named("assessment_file")
    assert connector.file is not None
    return connector.file(path, AssessmentFileSettings.model_validate({"layouts": settings.get("layouts", ())}))


def _is_evidence(path: Path) -> bool:
    try:
        with open_bundle(path) as bundle:
            names = [name for name in bundle.names() if not is_guide(name)]
            sheets = [table for name in names[:3] for table in tables(partial(bundle.open, name), name)]
    except TesseraError:
        return False
    return bool(sheets) and all(is_evidence(table) for table in sheets)


def _check_start(name: str, start: bytes) -> None:
    """ConfigError for what is known by how it begins and is imported in another way, whatever it is called."""
    text = decoded(start).lstrip("\ufeff \t\r\n")
    shapes = frozenset(cell.strip().strip('"').casefold() for cell in re.split(r"[,;\t|]", text.partition("\n")[0]))
    if not start:
        raise ConfigError(f"{name} is empty")
    if start.startswith(_PICTURES) or text.startswith("<svg"):
        if b"openbadge" in start:
            raise ConfigError(f"{name} is a picture with a badge in it: {_BADGE_WAY}")
        raise ConfigError(f"{name} is a picture, and no badge is in it")
    is_json = text.startswith(("{", "["))
    if (is_json and any(f'"{word}"' in text for word in _FRAMEWORK)) or shapes >= _FRAMEWORK_COLUMNS:
        raise ConfigError(f"{name} is a competency framework: import it with 'tessera framework import {name}'")
    is_token = re.match(r"eyJ[\w-]+\.[\w-]+\.[\w-]*\s*$", text) is not None
    if is_token or (is_json and any(f'"{word}"' in text for word in _BADGE)):
        raise ConfigError(f"{name} is a badge or credential: {_BADGE_WAY}")
    for file, columns in _ROSTER_COLUMNS.items():
        if columns <= shapes:
            raise ConfigError(f"{name} has the columns of a OneRoster bundle's {file}: give it that name")
