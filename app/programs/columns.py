"""Columns of lists: what one means is guessed by what it is called, in English, Spanish or German; also as a question.

Pure.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from connectors.evidence.files import COLUMNS as EVIDENCE
from connectors.kit.table import Cells, Table

OWN: dict[str, tuple[str, ...]] = {
    "achievement": ("badge", "award", "achievement", "badgename", "badgeearned", "insignia", "abzeichen"),
    "guardian": (
        *("guardian", "guardianname", "parent", "parentname", "parentguardian", "parentguardianname", "padre", "tutor"),
        *("parentorguardian", "parentorguardianname", "guardianfullname", "parentfullname", "eltern"),
    ),
    "contact": (
        *("guardiancontact", "parentcontact", "parentemail", "guardianemail", "parentphone", "guardianphone"),
        *("parentguardianemail", "parentguardianphone", "correodelpadre", "telefonodelpadre"),
        *("parentguardianphonenumber", "parentphonenumber", "guardianphonenumber", "parentguardianemailaddress"),
        *("parentemailaddress", "guardianemailaddress"),
    ),
    "consent": (
        *("consent", "parentconsent", "guardianconsent", "parentalconsent", "consentform", "parentguardianconsent"),
        *("permission", "parentpermission", "guardianpermission", "permissionslip", "consentgiven", "consentonfile"),
        *("consentimiento", "consentimientodelpadre", "autorizacion", "permiso", "einwilligung", "einverstandnis"),
        *("hasaparentorguardianagreed", "parentorguardianhasagreed", "aparentorguardianhasagreed"),
    ),
    "school": ("school", "schoolname", "schoolofattendance", "escuela", "nombredelaescuela", "schule"),
    "reflection": ("reflection", "learnerwords", "whatdidyoulearn", "reflexion"),
    "opportunity": (
        *("opportunity", "offer", "internship", "passionproject", "partof"),
        *("oportunidad", "practica", "proyectopersonal", "partede"),
    ),
    "stage": ("stage", "projectstage", "stageoftheproject", "etapa", "etapadelproyecto"),
    "team": ("team", "group", "equipo", "grupo", "gruppe"),
    "done": (
        *("completed", "complete", "done", "finished", "status", "completionstatus", "completionstate", "earned"),
        *("badgeearned", "earnedbadge", "earnedthebadge", "attended", "attendance", "present", "passed"),
        *("completado", "terminado", "estado", "asistio", "asistencia", "erledigt", "anwesend"),
    ),
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
        *("whatgradeareyouin", "whichgradeareyouin", "gr", "grd", "gradelvl"),
    ),
    "title": (
        *("actividad", "proyecto", "titulo", "taller", "aktivitat", "projekt", "titel"),
        *("nombredelaactividad", "activityname", "projectname", "projecttitle", "sessionname", "eventname", "idea"),
        *("projectfinish", "projectcomplete"),
    ),
    "date": (
        *("fecha", "dia", "datum", "timestamp", "marcatemporal", "zeitstempel", "fechadelaactividad"),
        *("sessiondate", "eventdate", "dateofactivity", "dateofevent", "datecompleted", "completiondate"),
    ),
    "narrative": (
        *("nota", "notas", "descripcion", "whatdidyoudo", "whatdidtheydo", "beschreibung", "quehizo", "made"),
        *("whattheymade", "whatyoumade", "describeyourproject", "projectdescription", "describewhatyoudid"),
        *("make", "build", "create", "perform", "finish"),
    ),
    "url": ("enlace", "linktowork", "linktoproject"),
    "place": ("lugar", "ort", "site", "sitename", "sede"),
    "district": ("studentidnumber", "idnumber", "numerodeestudiante", "matricula", "matricnumber"),
    "email": ("correo", "correoelectronico"),
}
FILLERS = frozenset(
    (
        *("what", "which", "who", "is", "are", "was", "were", "do", "does", "did", "you", "your", "youre"),
        *("they", "their", "them", "the", "a", "an", "of", "in", "to", "for", "go", "us", "tell"),
        *("please", "enter", "select", "choose", "student", "students", "child", "childs", "childrens"),
        *("camper", "campers", "participant", "participants", "youth", "learner", "learners", "scholar"),
        *("scholars", "kid", "kids", "attend", "made"),
    )
)
"""Words of a question that say nothing of what is asked for."""
AGREEING = re.compile(r"consent|permission|permiso|autorizaci|einwilligung", re.IGNORECASE)
OTHERWISE = re.compile(
    r"photo|media\b|image|video|foto|bild|publi|website|medic|médic|treat|emergenc|hospital|first aid|primeros auxilios"
    r"|swim|nada|trip|excursi|travel|viaje|transport|bus\b|walk|leave|pick|sign.?out|release|recog|over.?the.?counter|sunscreen",
    re.IGNORECASE,
)
"""What a guardian may agree to beside: not that anything is kept."""
ANYBODYS = frozenset(("email", "emailaddress", "correo", "correoelectronico"))
"""An address of which nothing says whose it is: beside a parent's name it is taken for the parent's."""
WHO = ("full", "given", "family", "district", "state", "program", "username", "email")
WHAT = ("title", "narrative", "achievement")
LOOKED_AT = 20
"""Rows above which a list begins."""


def _names(what: str) -> tuple[str, ...]:
    """What the column of that meaning is called, the likeliest first."""
    reserved = {
        name for meaning in ("achievement", "reflection") if what not in (meaning, "done") for name in OWN[meaning]
    }
    names = (*EVIDENCE.get(what, ()), *OTHERS.get(what, ()), *OWN.get(what, ()))
    return tuple(name for name in names if name not in reserved)


COLUMNS: dict[str, tuple[str, ...]] = {what: _names(what) for what in (*EVIDENCE, *OWN)}
"""What a column is called, without case, accents, blanks, punctuation and what stands in brackets."""


class Heading(NamedTuple):
    """Where a list begins: after so many rows, with these names above its columns; `places` are where what is."""

    after: int
    names: tuple[str, ...]
    places: Mapping[str, int]


def heading(table: Table, *, names_do: bool = False) -> Heading | None:
    """Where a list begins. None where no line says who and what: also one that two lines say together.

    `names_do`: it is said elsewhere what was done, so that a line that says who, and something of them, will do.
    """
    rows = table.first[:LOOKED_AT]
    for enough in (False, True) if names_do else (False,):
        for after, row in enumerate(rows, 1):
            if places := meant(row, names_do=enough):
                return Heading(after, _named(row), places)
            below = rows[after] if after < len(rows) else None
            if below is not None and not meant(below, names_do=enough):
                both = [lower or upper for upper, lower in _pairs(row, below)]
                if sum(map(bool, row)) > 1 and (places := meant(both, names_do=enough)):
                    return Heading(after + 1, _named(both), places)
    return None


def shape(cell: str) -> str:
    """A heading without what people write differently: case, accents, punctuation, a hint in brackets."""
    plain = re.sub(r"\([^)]*\)|\[[^\]]*\]", "", cell).casefold() or cell.casefold()
    return re.sub(r"[^a-z0-9]", "", plain.translate(str.maketrans("áéíóúüñäöàè", "aeiouunaoae")))


def meant(row: Sequence[str], *, names_do: bool = False) -> dict[str, int]:
    """Where what is in a row of headings; nothing where it says neither who nor what."""
    shapes = _without_respondents([shape(cell) for cell in row])
    places: dict[str, int] = {}
    for spelled in (shapes, [_core(cell) if known else "" for cell, known in zip(row, shapes, strict=True)]):
        for what, names in COLUMNS.items():
            place = next((spelled.index(name) for name in names if name in spelled), None)
            if what not in places and place is not None and place not in places.values():
                places[what] = place
    consents = [n for n, cell in enumerate(row) if AGREEING.search(cell) and not OTHERWISE.search(cell)]
    if consents and consents[0] not in places.values():
        places.setdefault("consent", consents[0])
    if "guardian" in places and "contact" not in places and shapes[places.get("email", 0)] in ANYBODYS:
        places |= {"contact": places.pop("email")}
    enough = (*WHAT, "birth_date", "grade", "school", "date", "consent") if names_do else WHAT
    return places if any(who in places for who in WHO) and any(meaning in places for meaning in enough) else {}


def _without_respondents(shapes: list[str]) -> list[str]:
    """Names of columns without those in which a form says who filled it in: that may be a coordinator for everybody."""
    if {"timestamp", "marcatemporal", "zeitstempel"} & {*shapes}:
        respondent = {"emailaddress", "username", "correoelectronico", "direcciondecorreoelectronico"}
    elif {"starttime", "completiontime"} <= {*shapes}:
        others = {"name"} if {*COLUMNS["full"], *COLUMNS["given"]} & ({*shapes} - {"name"}) else set()
        respondent = {"id", "email", *others}
    else:
        return shapes
    return ["" if name in respondent else name for name in shapes]


def _core(cell: str) -> str:
    """What a question asks for: `What is your first name?` is `firstname`; `Full Name - First Name` as well."""
    first, *parts = re.split(r"\s[-\u2013>]+\s", cell)
    last = parts[-1] if parts and "name" in first.casefold() else cell
    words = re.findall(r"[^\W_]+", last.replace("'", "").replace("\u2019", ""))
    return shape("".join(word for word in words if word.casefold() not in FILLERS))


def _pairs(upper: Cells, lower: Cells) -> list[tuple[str, str]]:
    width = max(len(upper), len(lower))
    padded = [[*row, *[""] * (width - len(row))] for row in (upper, lower)]
    return list(zip(*padded, strict=True))


def _named(row: Sequence[str]) -> tuple[str, ...]:
    return tuple(cell or f"column {n}" for n, cell in enumerate(row, 1))
