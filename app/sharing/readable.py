"""A credential as a person reads it: what it says in words, for a page or for paper. Purely; nothing is checked here.

What strangers put into a credential is taken as text, whatever it is; only web addresses become links.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.credentials.grouping import GROUPS, Group, group_of

Json = dict[str, Any]
LONGEST = 4000
MOST = 300


@dataclass(frozen=True, slots=True)
class ReadableLine:
    """A thing with its words and, if it is on the web, its address."""

    name: str
    words: str | None = None
    address: str | None = None
    framework: str | None = None


@dataclass(frozen=True, slots=True)
class ReadableGroup:
    """Some of what is inside a learner record, by what it is."""

    name: str
    inside: "tuple[ReadableCredential, ...]"


@dataclass(frozen=True, slots=True)
class ReadableCredential:
    """What one credential says."""

    kind: str
    name: str
    issuer: str
    issuer_address: str | None
    description: str | None
    criteria: ReadableLine | None
    narrative: str | None
    awarded: str | None
    expires: str | None
    image: str | None
    achievement: str | None
    id: str | None = None
    results: tuple[ReadableLine, ...] = ()
    alignments: tuple[ReadableLine, ...] = ()
    evidence: tuple[ReadableLine, ...] = ()
    inside: tuple["ReadableCredential", ...] = ()
    credits: str | None = None
    term: str | None = None
    code: str | None = None
    group: Group = "Badges"
    endorsements: tuple[ReadableLine, ...] = ()

    @property
    def groups(self) -> list[ReadableGroup]:
        """What is inside, in the order in which a learner record is read; competencies by their framework."""
        by_name: dict[tuple[int, str], list[ReadableCredential]] = {}
        for child in self.inside:
            of = child.alignments[0].framework if child.group == "Competencies" and child.alignments else None
            by_name.setdefault((GROUPS.index(child.group), of or ""), []).append(child)
        return [
            ReadableGroup(f"{group}: {of}" if of else group, tuple(_sorted(group, by_name[place, of])))
            for place, of in sorted(by_name)
            for group in [GROUPS[place]]
        ]

    @property
    def about(self) -> str | None:
        """What its description says beyond its name and code; None where that is nothing."""
        words = self.description
        if words is None or words in (self.name, f"{self.code}: {self.name}"):
            return None
        head, tail = f"{self.name} (", ")"
        inner = words.removeprefix(head).removesuffix(tail)
        return inner if words == f"{head}{inner}{tail}" and "(" not in inner else words

    @property
    def outcome(self) -> str:
        """Credits, and the results named after the whole, not after a part of it: few words that say nothing twice."""
        outcomes = [f"{self.credits} credit{'' if self.credits == '1' else 's'}"] if self.credits else []
        for result in self.results:
            words = result.words or ""
            repeated = any(words.split(" of ")[0] in outcome for outcome in outcomes)
            by_kind = not self.credits and self.group in ("Courses and credit", "Competencies")
            of_whole = by_kind or result.name.startswith(self.name)
            if words and not repeated and of_whole:
                outcomes.append(words)
        return ", ".join(outcomes)


STATUS = {"InProgress": "so far", "Completed": "completed", "OnHold": "on hold"}
"""The standard's words for how far a result is, in plain ones; that something with a value is completed is not said."""
KINDS = {"ClrCredential": "Learner record", "EndorsementCredential": "Endorsement", "Assertion": "Badge"}


def readable(document: Json, depth: int = 0) -> ReadableCredential:
    """Read a credential: Open Badges 3.0, CLR 2.0, or an assertion of Open Badges 2.0.

    A badge is called what was achieved: its own name is its holder's with some issuers (Credly).
    """
    subject = _first(document.get("credentialSubject"))
    kinds = _list(document.get("type"))
    courses = "ClrCredential" in kinds  # what its parts belong to, and none of them the whole
    achievement = {} if courses else _first(subject.get("achievement")) or _first(document.get("badge"))
    issuer = _first(document.get("issuer")) or _first(achievement.get("issuer")) or _first(achievement.get("creator"))
    criteria = achievement.get("criteria")
    inside = _list(subject.get("verifiableCredential")) if depth == 0 else []
    image = _text(_first(achievement.get("image")).get("id")) or _text(achievement.get("image"))
    return ReadableCredential(
        kind=next((KINDS[kind] for kind in kinds if isinstance(kind, str) and kind in KINDS), "Badge"),
        name=_text(achievement.get("name")) or _text(document.get("name")) or "Credential",
        issuer=_text(issuer.get("name")) or _text(issuer.get("id")) or _text(document.get("issuer")) or "somebody",
        issuer_address=web(issuer.get("url")) or web(issuer.get("id")),
        description=_text(achievement.get("description")) or _text(document.get("description")),
        criteria=_criteria(criteria),
        narrative=_text(subject.get("narrative")) or _text(document.get("narrative")),
        awarded=_day(document, "awardedDate", "validFrom", "issuanceDate", "issuedOn"),
        expires=_day(document, "validUntil", "expirationDate", "expires"),
        image=image if image and image.startswith(("data:image/png;", "data:image/svg+xml;")) else None,
        achievement=web(achievement.get("id")),
        id=_text(document.get("id")),
        results=(*_credits(subject, achievement), *_results(subject, achievement)),
        alignments=tuple(_alignments(achievement)),
        evidence=tuple(_evidence(document)),
        inside=tuple(readable(child, depth + 1) for child in inside[:MOST] if isinstance(child, dict)),
        credits=_text(subject.get("creditsEarned")),
        term=_text(subject.get("term")),
        code=_text(achievement.get("humanCode")),
        group=_group(subject, achievement),
        endorsements=tuple(_endorsements(document)),
    )


def readable_achievement(achievement: Json) -> ReadableCredential:
    """Read an achievement by itself: what can be reached, and nothing of any learner."""
    return readable({"type": ["Achievement"], "badge": achievement})


def web(value: Any) -> str | None:
    """An address that may be a link; None for anything else."""
    text = _text(value)
    return text if text is not None and text.startswith(("https://", "http://")) else None


def _group(subject: Json, achievement: Json) -> Group:
    tags = [tag for tag in map(_text, _list(achievement.get("tag"))) if tag]
    credit = _text(subject.get("creditsEarned")) is not None
    return group_of(_text(achievement.get("achievementType")), tags, credit=credit)


def _sorted(group: Group, inside: list[ReadableCredential]) -> list[ReadableCredential]:
    """Competencies by code, as their framework has them; all else as it came, the newest first."""
    return sorted(inside, key=lambda child: _counted(child.code or "")) if group == "Competencies" else inside


def _counted(code: str) -> list[tuple[int, str]]:
    """A code as people order it: its numbers count, so that 10 comes after 2."""
    parts = re.split(r"(\d{1,9})", code)
    return [(int(part), "") if place % 2 else (-1, part) for place, part in enumerate(parts)]


def _criteria(value: Any) -> ReadableLine | None:
    criteria = _first(value)
    narrative, address = _text(criteria.get("narrative")), web(criteria.get("id")) or web(value)
    return ReadableLine("Criteria", narrative, address) if narrative or address else None


def _credits(subject: Json, achievement: Json) -> Iterator[ReadableLine]:
    earned, available = _text(subject.get("creditsEarned")), _text(achievement.get("creditsAvailable"))
    if earned:
        yield ReadableLine("Credits earned", f"{earned} of {available}" if available not in (None, earned) else earned)
    elif available:
        yield ReadableLine("Credits available", available)


def _results(subject: Json, achievement: Json) -> Iterator[ReadableLine]:
    scales = {_text(entry.get("id")): entry for entry in map(_first, _list(achievement.get("resultDescription")))}
    for result in map(_first, _list(subject.get("result"))[:MOST]):
        scale = scales.get(_text(result.get("resultDescription")), {})
        levels = map(_first, _list(scale.get("rubricCriterionLevel")))
        named = {_text(entry.get("id")): _text(entry.get("name")) for entry in levels}
        value = _text(result.get("value")) or named.get(_text(result.get("achievedLevel")))
        most, least = _text(scale.get("valueMax")), _text(scale.get("valueMin"))
        score = f"{value} of {most}" if value and most and least in (None, "0") else value
        status = _text(result.get("status"))
        stands = None if score and status == "Completed" else STATUS.get(status or "", status)
        words = ", ".join(word for word in (score, stands) if word)
        yield ReadableLine(_text(scale.get("name")) or "Result", words or None)


def _alignments(achievement: Json) -> Iterator[ReadableLine]:
    for name in ("alignment", "alignments"):
        for entry in map(_first, _list(achievement.get(name))[:MOST]):
            code = _text(entry.get("targetCode"))
            title = _text(entry.get("targetName")) or _text(entry.get("name")) or code or "Competency"
            framework = _text(entry.get("targetFramework")) or _text(entry.get("framework"))
            words = " · ".join(word for word in (framework, code if code != title else None) if word)
            address = web(entry.get("targetUrl")) or web(entry.get("url"))
            yield ReadableLine(title, words or None, address, framework)


def _evidence(document: Json) -> Iterator[ReadableLine]:
    for value in _list(document.get("evidence"))[:MOST]:
        piece = _first(value)
        words = _text(piece.get("narrative")) or _text(piece.get("description"))
        address = web(piece.get("id")) or web(value)
        if words or address or piece.get("name"):
            yield ReadableLine(_text(piece.get("name")) or "Evidence", words, address)


def _endorsements(document: Json) -> Iterator[ReadableLine]:
    """Who endorses it, and in which words; whether that is signed is told by verification."""
    for value in _list(document.get("endorsement"))[:MOST]:
        endorsement = _first(value)
        issuer, subject = _first(endorsement.get("issuer")), _first(endorsement.get("credentialSubject"))
        name = _text(issuer.get("name")) or _text(issuer.get("id")) or _text(endorsement.get("issuer"))
        if name:
            yield ReadableLine(name, _text(subject.get("endorsementComment")), web(issuer.get("url")))


def _day(document: Json, *names: str) -> str | None:
    for name in names:
        value = document.get(name)
        if isinstance(value, str):
            try:
                moment = datetime.fromisoformat(value)
            except ValueError:
                continue  # what is no date is told by verification
            return f"{moment.day} {moment:%B %Y}"
    return None


def _first(value: Any) -> Json:
    """The object, or the first of several; an empty one for anything else."""
    for entry in _list(value):
        if isinstance(entry, dict):
            return entry
    return {}


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str | None:
    """A text, or the first of several languages."""
    for entry in _list(value):
        text = entry.get("@value") if isinstance(entry, dict) else entry
        if isinstance(text, int | float) and not isinstance(text, bool):
            text = f"{text:g}"
        if isinstance(text, str) and text.strip():
            return text.strip()[:LONGEST]
    return None
