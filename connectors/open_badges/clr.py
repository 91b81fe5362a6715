"""CLR 2.0: a ClrCredential, and the credentials inside it, each to be an entry of its own."""

import re
from dataclasses import dataclass, field
from typing import Any

from connectors.errors import MappingError
from connectors.fields import Fields
from connectors.open_badges import ob3
from connectors.open_badges.badge import Badge, alone
from connectors.open_badges.jws import document
from connectors.pushed import wholesome
from schemas import Achievement

TYPE = "ClrCredential"
MOST = 1000
"""Credentials in one learner record."""
ENVELOPED = re.compile(r"data:application/[a-z+-]+(?:;[^,]*)?,(.+)")
ENVELOPES = {"EnvelopedVerifiableCredential", "EnvelopedVerifiablePresentation"}
UNREAD = "unreadable"


@dataclass(slots=True)
class LearnerRecord:
    """A learner record: itself, what is in it in its own order, and achievements it tells of besides."""

    whole: Badge
    inside: list[Badge] = field(default_factory=list)
    achievements: list[Achievement] = field(default_factory=list)


def record(f: Fields, whole: Badge) -> LearnerRecord:
    """Read what a ClrCredential is about. What is inside it and cannot be read is an entry all the same."""
    subject = alone(f, "credentialSubject", "subjects")
    if subject is None:
        raise MappingError("credential.credentialSubject is missing: a learner record is about a learner")
    whole.format = whole.format.replace("OB 3.0", "CLR 2.0")
    whole.recipients = ob3.recipients(subject)
    subject.drop("type")
    f.drop("partial")
    learner_record = LearnerRecord(whole, _inside(subject))
    achievements = (
        ob3.achievement(entry, whole.issuer) for entry in subject.objects("achievement", "id") if "name" in entry
    )
    learner_record.achievements = [achievement for achievement in achievements if achievement is not None]
    if (associations := subject.pop("association", None)) is not None:
        whole.more["association"] = associations
    return learner_record


def _inside(subject: Fields) -> list[Badge]:
    value = subject.pop("verifiableCredential", None)
    inside = value if isinstance(value, list) else [] if value is None else [value]
    if len(inside) > MOST:
        raise MappingError(f"the learner record holds {len(inside)} credentials: send at most {MOST} in one")
    return [_inner(item) for item in inside]


def _enveloped(value: Any) -> str | None:
    """The token in an enveloped credential; None for anything else, whatever its id looks like."""
    kinds = value.get("type") if isinstance(value, dict) else None
    if not ENVELOPES & set(map(str, kinds if isinstance(kinds, list) else [kinds])):
        return None
    enveloped = ENVELOPED.fullmatch(str(value.get("id")))
    return enveloped[1] if enveloped else None


def _inner(value: Any) -> Badge:
    """A credential inside: an object, a token, or an enveloped token. Of one that is no badge, what all of them say."""
    try:
        value = _enveloped(value) or value
        if not isinstance(value, dict | str):
            raise MappingError(f"{type(value).__name__} is no credential")
        inside = Fields(document(value) if isinstance(value, str) else value, "credential.")
        wholesome(inside)
        badge, kinds = ob3.head(inside)
        if kinds & ob3.BADGE_TYPES:
            return ob3.award(inside, badge, kinds)
    except MappingError as why:
        return Badge(UNREAD, None, None, (), more={"why": str(why)[:500]})
    badge.format = badge.format.replace("OB 3.0", ", ".join(sorted(kinds - {"VerifiableCredential"})) or "credential")
    return badge
