"""Columns of lists: what one means is guessed by what it is called, in English, Spanish or German.

Pure.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from connectors.evidence.files import COLUMNS as EVIDENCE
from connectors.kit.tables import Cells, Table

OWN: dict[str, tuple[str, ...]] = {
    "achievement": ("badge", "award", "achievement", "badgename", "badgeearned", "insignia", "abzeichen"),
    "guardian": ("guardian", "guardianname", "parent", "parentname", "parentguardian", "padre", "tutor", "eltern"),
    "contact": (
        *("guardiancontact", "parentcontact", "parentemail", "guardianemail", "parentphone", "guardianphone"),
        *("parentguardianemail", "parentguardianphone", "correodelpadre", "telefonodelpadre"),
    ),
    "consent": (
        *("consent", "parentconsent", "guardianconsent", "parentalconsent", "consentform", "parentguardianconsent"),
        *("permission", "parentpermission", "guardianpermission", "permissionslip", "consentgiven", "consentonfile"),
        *("consentimiento", "consentimientodelpadre", "autorizacion", "permiso", "einwilligung", "einverstandnis"),
        *("hasaparentorguardianagreed", "parentorguardianhasagreed", "aparentorguardianhasagreed"),
    ),
    "school": ("school", "schoolname", "schoolofattendance", "escuela", "nombredelaescuela", "schule"),
    "reflection": ("reflection", "learnerwords", "whatdidyoulearn", "reflexion"),
    "team": ("team", "group", "equipo", "grupo", "gruppe"),
}
OTHERS: dict[str, tuple[str, ...]] = {
    "full": (
        *("nombre", "estudiante", "alumno", "alumna", "nombrecompleto", "nombreyapellido", "nombreyapellidos"),
        *("nombredelestudiante", "nombredelalumno", "nombredelaalumna", "schuler", "schulerin"),
        *("studentsname", "studentsfullname", "studentfullname", "childname", "childsname", "camper", "youthname"),
        *("learnername", "participantname", "yourname", "namelastfirst", "lastnamefirstname", "lastfirst"),
    ),
    "given": ("nombres", "primernombre", "nombredepila", "vorname", "studentfirstname", "preferredname"),
    "family": ("apellido", "apellidos", "nachname", "familienname", "studentlastname"),
    "birth_date": ("fechadenacimiento", "fechanacimiento", "nacimiento", "geburtsdatum", "geburtstag", "birth"),
    "grade": (
        *("grado", "klasse", "klassenstufe", "currentgrade", "gradeinschool"),
        *("whatgradeareyouin", "whichgradeareyouin"),
    ),
    "title": (
        *("actividad", "proyecto", "titulo", "taller", "aktivitat", "projekt", "titel"),
        *("nombredelaactividad", "activityname", "projectname", "projecttitle", "sessionname", "eventname"),
    ),
    "date": (
        *("fecha", "dia", "datum", "timestamp", "marcatemporal", "zeitstempel", "fechadelaactividad"),
        *("sessiondate", "eventdate", "dateofactivity", "dateofevent", "datecompleted"),
    ),
    "narrative": ("nota", "notas", "descripcion", "whatdidyoudo", "whatdidtheydo", "beschreibung", "quehizo"),
    "url": ("enlace", "linktowork", "linktoproject"),
    "place": ("lugar", "ort", "site", "sitename", "sede"),
    "district": ("studentidnumber", "idnumber", "numerodeestudiante", "matricula"),
    "email": ("correo", "correoelectronico"),
}
WHO = ("full", "given", "family", "district", "state", "program", "username", "email")
WHAT = ("title", "narrative", "achievement")
LOOKED_AT = 20
"""Rows above which a list begins."""


def _names(what: str) -> tuple[str, ...]:
    """What the column of that meaning is called, the likeliest first."""
    taken = {name for meaning in ("achievement", "reflection") if meaning != what for name in OWN[meaning]}
    names = (*EVIDENCE.get(what, ()), *OTHERS.get(what, ()), *OWN.get(what, ()))
    return tuple(name for name in names if name not in taken)


COLUMNS: dict[str, tuple[str, ...]] = {what: _names(what) for what in (*EVIDENCE, *OWN)}
"""What a column is called, without case, accents, blanks, punctuation and what stands in brackets."""


class Heading(NamedTuple):
    """Where a list begins: after so many rows, with these names above its columns; `places` are where what is."""

    after: int
    names: tuple[str, ...]
    places: Mapping[str, int]


def heading(table: Table) -> Heading | None:
    """Where a list begins. None where no line says who and what: also one that two lines say together."""
    rows = table.first[:LOOKED_AT]
    for after, row in enumerate(rows, 1):
        if places := _meant(row):
            return Heading(after, _named(row), places)
        below = rows[after] if after < len(rows) else None
        if below is not None and not _meant(below):
            both = [lower or upper for upper, lower in _pairs(row, below)]
            if sum(map(bool, row)) > 1 and (places := _meant(both)):
                return Heading(after + 1, _named(both), places)
    return None


def shape(cell: str) -> str:
    """A heading without what people write differently: case, accents, punctuation, a hint in brackets."""
    plain = re.sub(r"\([^)]*\)|\[[^\]]*\]", "", cell).casefold() or cell.casefold()
    return re.sub(r"[^a-z0-9]", "", plain.translate(str.maketrans("áéíóúüñäöàè", "aeiouunaoae")))


def _meant(row: Cells) -> dict[str, int]:
    """Where what is in a row of headings; nothing where it says neither who nor what."""
    shapes = [shape(cell) for cell in row]
    places: dict[str, int] = {}
    for what, names in COLUMNS.items():
        place = next((shapes.index(name) for name in names if name in shapes), None)
        if place is not None and place not in places.values():
            places[what] = place
    return places if any(who in places for who in WHO) and any(what in places for what in WHAT) else {}


def _pairs(upper: Cells, lower: Cells) -> list[tuple[str, str]]:
    width = max(len(upper), len(lower))
    padded = [[*row, *[""] * (width - len(row))] for row in (upper, lower)]
    return list(zip(*padded, strict=True))


def _named(row: Sequence[str]) -> tuple[str, ...]:
    return tuple(cell or f"column {n}" for n, cell in enumerate(row, 1))
