"""How a OneRoster CSV bundle is laid out: its files, their columns, and what its manifest says of them.

Source: OneRoster CSV Binding 1.1, sections 3 and 4; CSV Binding 1.2.1.
"""

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Literal

from connectors.errors import ConfigError

Mode = Literal["bulk", "delta", "absent"]

STREAMS: tuple[str, ...] = (
    "orgs",
    "academicSessions",
    "courses",
    "classes",
    "users",
    "roles",
    "demographics",
    "enrollments",
    "lineItems",
    "results",
)
"""The files that are read, in the order they are taken in."""

OBJECTIVES: dict[str, tuple[str, str]] = {
    "lineItems": ("lineItemLearningObjectiveIds", "lineItemSourcedId"),
    "results": ("resultLearningObjectiveIds", "resultSourcedId"),
}
"""The files whose rows are joined to another's: by stream, the file, and its column that names the stream's row."""

OUT_OF_SCOPE: tuple[str, ...] = (
    "categories",
    "resources",
    "classResources",
    "courseResources",
    "userResources",
    "userProfiles",
    "scoreScales",
    "lineItemScoreScales",
    "resultScoreScales",
)
"""Files known and not wanted; the README says why."""

_FILES = {
    name.lower(): name for name in (*STREAMS, *(name for name, _ in OBJECTIVES.values()), *OUT_OF_SCOPE, "manifest")
}

_COLUMNS = {
    name.lower(): name
    for name in [
        "academicSessionSourcedId",
        "agentSourcedIds",
        "americanIndianOrAlaskaNative",
        "applicationId",
        "asian",
        "assignDate",
        "beginDate",
        "birthDate",
        "blackOrAfricanAmerican",
        "categorySourcedId",
        "cityOfBirth",
        "classCode",
        "classSourcedId",
        "classType",
        "comment",
        "countryOfBirthCode",
        "courseCode",
        "courseSourcedId",
        "dateLastModified",
        "demographicRaceTwoOrMoreRaces",
        "description",
        "dueDate",
        "email",
        "enabledUser",
        "endDate",
        "familyName",
        "givenName",
        "grades",
        "gradingPeriodSourcedId",
        "hispanicOrLatinoEthnicity",
        "identifier",
        "inProgress",
        "incomplete",
        "late",
        "learningObjectiveId",
        "lineItemSourcedId",
        "location",
        "middleName",
        "missing",
        "name",
        "nativeHawaiianOrOtherPacificIslander",
        "orgSourcedId",
        "orgSourcedIds",
        "parentSourcedId",
        "password",
        "periods",
        "phone",
        "preferredFamilyName",
        "preferredGivenName",
        "preferredMiddleName",
        "primary",
        "primaryOrgSourcedId",
        "pronouns",
        "propertyName",
        "publicSchoolResidenceStatus",
        "resourceSourcedIds",
        "resultSourcedId",
        "resultValueMax",
        "resultValueMin",
        "role",
        "roleType",
        "schoolSourcedId",
        "schoolYear",
        "schoolYearSourcedId",
        "score",
        "scoreDate",
        "scoreScaleSourcedId",
        "scoreStatus",
        "sex",
        "sms",
        "source",
        "sourcedId",
        "startDate",
        "stateOfBirthAbbreviation",
        "status",
        "studentSourcedId",
        "subjectCodes",
        "subjects",
        "termSourcedIds",
        "textScore",
        "title",
        "type",
        "userIds",
        "userMasterIdentifier",
        "userProfileSourcedId",
        "userSourcedId",
        "username",
        "value",
        "white",
    ]
}


def stems(names: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """The bundle's files by what they are (`users`), whatever the case of their names; and the unknown ones.

    ConfigError where two files are the same one.
    """
    known: dict[str, str] = {}
    unknown: list[str] = []
    for name in names:
        path = PurePosixPath(name)
        stem = _FILES.get(path.stem.lower()) if path.suffix.lower() == ".csv" else None
        if stem is None:
            unknown.append(name)
        elif stem in known:
            raise ConfigError(f"the bundle holds both '{known[stem]}' and '{name}': leave one out")
        else:
            known[stem] = name
    return known, unknown


def columns(names: tuple[str, ...], file: str) -> tuple[str, ...]:
    """The columns as the standard spells them; those it does not know as they are, to be reported.

    ConfigError where two columns are the same one.
    """
    spelled = tuple([_COLUMNS.get(name.lower()) or _metadata(name) for name in names])
    twice = [name for name in spelled if spelled.count(name) > 1]
    if twice:
        raise ConfigError(f"{file}: column '{twice[0]}' is there twice, in different spellings: leave one out")
    return spelled


def _metadata(name: str) -> str:
    prefix, dot, rest = name.partition(".")
    return f"metadata.{rest}" if dot and prefix.lower() == "metadata" else name


class Manifest:
    """What the bundle says of itself. Without a manifest nothing is known to be complete, and nothing is withdrawn."""

    def __init__(self, properties: dict[str, str] | None) -> None:
        self.given = properties is not None
        self._properties = {name.strip().lower(): value.strip() for name, value in (properties or {}).items()}

    @property
    def version(self) -> str:
        """The OneRoster version it is said to follow; "" where it is not said."""
        return self._properties.get("oneroster.version", "")

    def mode(self, stem: str) -> Mode | None:
        """What a file is said to hold: all of it (bulk), what changed (delta), nothing (absent); None: not said."""
        mode = self._properties.get(f"file.{stem}".lower(), "").lower()
        if mode in ("bulk", "delta", "absent"):
            return mode  # type: ignore[return-value]
        if mode:
            raise ConfigError(f"manifest.csv: file.{stem} is '{mode}', not bulk, delta or absent")
        return None

    def notes(self, present: dict[str, str], unknown: list[str]) -> list[str]:
        """What there is to say of the bundle as a whole."""
        if not self.given:
            notes = [
                "the bundle has no manifest.csv: nothing is taken to be complete, and nothing missing is withdrawn"
            ]
        else:
            notes = [
                f"manifest.csv announces {stem}.csv ({self.mode(stem)}), and the bundle does not hold it"
                for stem in (*STREAMS, *(name for name, _ in OBJECTIVES.values()))
                if self.mode(stem) in ("bulk", "delta") and stem not in present
            ]
            notes += [
                f"{name} is there, though manifest.csv {'calls it absent' if self.mode(stem) else 'does not name it'}:"
                " it is read, and not taken to be complete"
                for stem, name in present.items()
                if stem != "manifest" and stem not in OUT_OF_SCOPE and self.mode(stem) in (None, "absent")
            ]
            notes += [
                f"{stem}.csv is a delta: a row of it has the learning objectives this bundle tells, and no others"
                for stem in OBJECTIVES
                if stem in present and self.mode(stem) == "delta"
            ]
            if self.version not in ("1.0", "1.1", "1.2"):
                notes.append(f"manifest.csv says oneroster.version '{self.version}': it is read like 1.1 and 1.2")
        notes += [f"{name} is out of scope: it is not read" for stem, name in present.items() if stem in OUT_OF_SCOPE]
        return notes + [f"{name} is no file of a OneRoster bundle: it is not read" for name in unknown]
