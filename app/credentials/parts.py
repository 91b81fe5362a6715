"""The parts of a credential that its holder may show or leave out, and what of it is always shown. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app.credentials.disclose import derive
from app.credentials.proof import proofs
from app.credentials.selective import is_base
from app.credentials.verify.shape import listed
from app.credentials.verify.vc import text

Json = dict[str, Any]
SUBJECT, ACHIEVEMENT = "/credentialSubject", "/credentialSubject/achievement"
ALWAYS = (
    *("issuer", "validFrom", "validUntil", "awardedDate", "name", "description"),
    *("credentialStatus", "credentialSchema", "refreshService"),
)
"""What is always shown of a credential: who says it, when, and how its state is told."""
OF_ACHIEVEMENT = ("name", "description", "criteria", "achievementType", "humanCode", "inLanguage", "creator", "version")
"""What is always shown of an achievement: what it is. Results, alignments and pictures may be left out."""


@dataclass(frozen=True, slots=True)
class Part:
    """Something that may be shown by itself. `id`: a JSON pointer; `needs`: what it means nothing without."""

    id: str
    name: str
    words: str | None = None
    needs: tuple[str, ...] = ()


def mandatory(document: Json) -> list[str]:
    """JSON pointers to what is always shown of a badge or a learner record."""
    subject = document.get("credentialSubject")
    achievement = subject.get("achievement") if isinstance(subject, dict) else None
    pointers = [f"/{name}" for name in ALWAYS if name in document]
    if isinstance(achievement, dict):
        pointers += [f"{ACHIEVEMENT}/{name}" for name in OF_ACHIEVEMENT if name in achievement]
    return pointers


def selective(document: Json) -> bool:
    """Whether its holder can show a part of it."""
    return any(map(is_base, proofs(document)))


def parts(document: Json) -> list[Part]:
    """What of a credential may be shown by itself; nothing of one that is only shown whole."""
    subject = document.get("credentialSubject")
    if not isinstance(subject, dict) or not selective(document):
        return []
    achievement = subject.get("achievement")
    of_badge = _of_badge(subject, achievement) if isinstance(achievement, dict) else _of_courses(achievement)
    return [*_inside(subject), *of_badge, *_evidence(document)]


def presented(document: Json, chosen: Sequence[str] | None = None) -> Json:
    """A credential as others may see it: the parts that were chosen, or all; one that is only shown whole as it is.

    DataRefused for a part that it does not have.
    """
    if not selective(document):
        return document
    if chosen is None:
        return derive(document, [""])
    needs = {part.id: part.needs for part in parts(document)}
    return derive(document, [pointer for part in chosen for pointer in (part, *needs.get(part, ()))])


def _inside(subject: Json) -> Iterator[Part]:
    for number, child in enumerate(listed(subject.get("verifiableCredential"))):
        name = text(child.get("name")) if isinstance(child, dict) else None
        yield Part(f"{SUBJECT}/verifiableCredential/{number}", name or f"Credential {number + 1}", _outcome(child))


def _of_courses(courses: Any) -> Iterator[Part]:
    for number, course in enumerate(listed(courses)):
        if isinstance(course, dict):
            yield Part(f"{ACHIEVEMENT}/{number}", text(course.get("name")) or f"Course {number + 1}")


def _of_badge(subject: Json, achievement: Json) -> Iterator[Part]:
    scales = {scale.get("id"): number for number, scale in enumerate(_objects(achievement.get("resultDescription")))}
    described = _objects(achievement.get("resultDescription"))
    for number, result in enumerate(_objects(subject.get("result"))):
        scale = scales.get(result.get("resultDescription"))
        name = text(described[scale].get("name")) if scale is not None else None
        needs = (f"{ACHIEVEMENT}/resultDescription/{scale}",) if scale is not None else ()
        yield Part(f"{SUBJECT}/result/{number}", name or f"Result {number + 1}", text(result.get("value")), needs)
    for name, words in (("creditsEarned", "Credits earned"), ("term", "Term"), ("narrative", "What was said of it")):
        if name in subject:
            yield Part(f"{SUBJECT}/{name}", words, str(subject[name])[:200])
    if "identifier" in subject:
        yield Part(f"{SUBJECT}/identifier", "Whose it is, to who knows their e-mail address")
    for number, alignment in enumerate(_objects(achievement.get("alignment"))):
        yield Part(f"{ACHIEVEMENT}/alignment/{number}", text(alignment.get("targetName")) or "Competency")
    if "image" in achievement:
        yield Part(f"{ACHIEVEMENT}/image", "Picture")


def _evidence(document: Json) -> Iterator[Part]:
    for number, piece in enumerate(_objects(document.get("evidence"))):
        yield Part(
            f"/evidence/{number}", text(piece.get("name")) or f"Evidence {number + 1}", text(piece.get("narrative"))
        )


def _objects(value: Any) -> list[Json]:
    return [item for item in listed(value) if isinstance(item, dict)]


def _outcome(child: Any) -> str | None:
    """The first result of a credential that is inside another."""
    subject = child.get("credentialSubject") if isinstance(child, dict) else None
    results = _objects(subject.get("result")) if isinstance(subject, dict) else []
    return text(results[0].get("value")) if results else None
