"""Ed-Fi LearningStandards (Data Standard 3 to 5) as the ODS/API hands them out: a list of them, or one a line. Pure."""

from collections.abc import Sequence
from typing import Any

from app.frameworks.case.shapes import Json
from app.frameworks.formats.foreign import Competency, Foreign
from app.frameworks.grades import codes

_READ = frozenset(
    {
        *("learningStandardId", "description", "learningStandardItemCode", "uri", "contentStandard", "namespace", "id"),
        *("parentLearningStandardReference", "gradeLevels", "academicSubjects", "learningStandardCategoryDescriptor"),
        *(
            "prerequisiteLearningStandards",
            "courseTitle",
            "learningStandardScopeDescriptor",
            "_etag",
            "_lastModifiedDate",
        ),
        *("_ext", "link"),
    }
)


def is_edfi(document: Any) -> bool:
    """Whether a JSON document is a list of LearningStandards."""
    return (
        isinstance(document, list)
        and bool(document)
        and all(isinstance(standard, dict) and "learningStandardId" in standard for standard in document)
    )


def read(standards: Sequence[Json]) -> list[Foreign]:
    """The frameworks of these standards: one for each content standard that they name."""
    frameworks: dict[str, Foreign] = {}
    for standard in standards:
        content = standard.get("contentStandard") or {}
        title = str(content.get("title") or standard.get("namespace") or "Learning standards")
        if title not in frameworks:
            frameworks[title] = _framework(title, standard, content)
        frameworks[title].competencies.append(_competency(standard, frameworks[title]))
    return list(frameworks.values())


def _framework(title: str, standard: Json, content: Json) -> Foreign:
    authors = [str(author.get("author")) for author in content.get("authors") or [] if author.get("author")]
    subjects = dict.fromkeys(_code(s.get("academicSubjectDescriptor")) for s in standard.get("academicSubjects") or [])
    return Foreign(
        key=f"edfi:{standard.get('namespace', '')}:{title}",
        title=title,
        creator=", ".join(authors) or str(standard.get("namespace") or "unknown"),
        uri=content.get("uri"),
        subjects=[subject for subject in subjects if subject],
    )


def _competency(standard: Json, framework: Foreign) -> Competency:
    framework.lost.update(name for name, value in standard.items() if name not in _READ and value not in (None, [], {}))
    grades = [_code(level.get("gradeLevelDescriptor")) for level in standard.get("gradeLevels") or []]
    before = [
        p.get("prerequisiteLearningStandardReference") for p in standard.get("prerequisiteLearningStandards") or []
    ]
    return Competency(
        key=str(standard["learningStandardId"]),
        statement=str(standard.get("description") or standard["learningStandardId"]),
        code=str(standard.get("learningStandardItemCode") or standard["learningStandardId"]),
        type=_code(standard.get("learningStandardCategoryDescriptor")) or None,
        grades=[grade for grade in grades if codes(grade)],
        parents=_ids([standard.get("parentLearningStandardReference")]),
        after=_ids(before),
        uri=standard.get("uri"),
    )


def _ids(references: Sequence[Any]) -> list[str]:
    return [str(r["learningStandardId"]) for r in references if isinstance(r, dict) and r.get("learningStandardId")]


def _code(descriptor: Any) -> str:
    """The code value of a descriptor: `uri://ed-fi.org/GradeLevelDescriptor#Third grade`."""
    return str(descriptor or "").rpartition("#")[2]
