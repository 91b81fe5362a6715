"""What is known of a credential after looking at it: one report, in words a registrar understands and in JSON."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from schemas.codes import KnownBy

Outcome = Literal["passed", "failed", "unknown", "not asked"]
"""`unknown`: it could not be found out; nothing speaks against it, and nothing for it."""
CheckName = Literal[
    "known",
    "parse",
    "context",
    "schema",
    "proof",
    "issuer key",
    "status",
    "period",
    "recipient",
    "resources",
    "endorsements",
    "children",
]
Verdict = Literal["valid", "invalid", "unconfirmed"]
"""`unconfirmed`: nothing is wrong, but something that decides trust could not be found out."""

TITLES: dict[CheckName, str] = {
    "known": "Its issuer is known",
    "parse": "Can be read",
    "context": "Says what its words mean",
    "schema": "Has the form the standard asks for",
    "proof": "Unchanged since it was signed",
    "issuer key": "Signed with a key of its issuer's identifier",
    "status": "Not revoked or suspended",
    "period": "Valid today",
    "recipient": "Belongs to this person",
    "resources": "What it points to is unchanged",
    "endorsements": "Endorsed by others",
    "children": "The credentials inside it",
}
DECISIVE: tuple[CheckName, ...] = (
    *("parse", "context", "schema", "proof", "issuer key", "status", "period", "recipient", "children"),
)
"""Where `unknown` leaves the credential unconfirmed. Endorsements speak about it and do not decide; nor does what it
points to while that cannot be had; nor whether its issuer is known here, which is told first."""


LONGEST = 700
"""Letters of the longest message."""


@dataclass(frozen=True, slots=True)
class Check:
    """One question asked of a credential, and the answer in words. `lenient` names what was overlooked in answering.

    `by`: of the issuer, what it is known by.
    """

    name: CheckName
    outcome: Outcome
    message: str
    lenient: tuple[str, ...] = ()
    by: KnownBy | None = None

    def as_json(self) -> dict[str, Any]:
        """The check for an API."""
        return {"name": self.name, "title": TITLES[self.name], "outcome": self.outcome, "message": self.message}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the credential says of itself; believed only as far as the checks go."""

    format: str = "unknown"
    id: str | None = None
    name: str | None = None
    achievement: str | None = None
    issuer_id: str | None = None
    issuer_name: str | None = None
    subject: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """The facts for an API: no field is left out, times are ISO 8601."""
        fields: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        for name in ("valid_from", "valid_until"):
            fields[name] = fields[name].isoformat() if fields[name] else None
        return fields


@dataclass(frozen=True, slots=True)
class Report:
    """The whole finding about one credential, and about those inside it and those that endorse it."""

    facts: Facts
    checks: tuple[Check, ...]
    children: tuple["Report", ...] = ()
    endorsements: tuple["Report", ...] = ()
    document: dict[str, Any] | None = field(default=None, repr=False)

    @property
    def verdict(self) -> Verdict:
        """Valid only if every decisive question was answered well."""
        if any(check.outcome == "failed" for check in self.checks):
            return "invalid"
        open_ = any(check.outcome == "unknown" and check.name in DECISIVE for check in self.checks)
        return "unconfirmed" if open_ else "valid"

    @property
    def leniencies(self) -> tuple[str, ...]:
        """What was overlooked, because issuers often get it wrong and it does not decide trust."""
        return tuple(dict.fromkeys(words for check in self.checks for words in check.lenient))

    @property
    def known(self) -> bool:
        """Whether its issuer is known: without that, a good signature says that nothing was changed, and no more."""
        check = self.check("known")
        return check is not None and check.outcome == "passed"

    @property
    def known_by(self) -> KnownBy | None:
        """What its issuer is known by."""
        check = self.check("known")
        return check.by if check is not None and self.known else None

    def check(self, name: CheckName) -> Check | None:
        """One of the checks, if it was made."""
        return next((check for check in self.checks if check.name == name), None)

    @property
    def summary(self) -> str:
        """The finding in one sentence."""
        if self.verdict == "valid":
            known = self.check("known")
            if known is not None and known.outcome != "passed":
                return f"This credential is valid as far as its signature goes. {known.message}"
            return f"This credential is valid: {known.message if known else _sentence(self, 'proof')}"
        outcome = "failed" if self.verdict == "invalid" else "unknown"
        reasons = [check.message for check in self.checks if check.outcome == outcome and check.name != "known"]
        head = "This credential is not valid" if outcome == "failed" else "This credential could not be confirmed"
        return f"{head}: {reasons[0]}"

    def as_json(self) -> dict[str, Any]:
        """The report for an API."""
        return {
            "verdict": self.verdict,
            "summary": self.summary,
            "issuer_known": self.known,
            "issuer_known_by": self.known_by,
            **self.facts.as_json(),
            "checks": [check.as_json() for check in self.checks],
            "leniencies": list(self.leniencies),
            "children": [child.as_json() for child in self.children],
            "endorsements": [endorsement.as_json() for endorsement in self.endorsements],
        }


def passed(name: CheckName, message: str, lenient: Sequence[str] = (), by: KnownBy | None = None) -> Check:
    """A question answered well."""
    return Check(name, "passed", cut(message), tuple(map(cut, lenient)), by)


def failed(name: CheckName, message: str, lenient: Sequence[str] = ()) -> Check:
    """A question answered badly."""
    return Check(name, "failed", cut(message), tuple(map(cut, lenient)))


def unknown(name: CheckName, message: str, lenient: Sequence[str] = ()) -> Check:
    """A question that could not be answered."""
    return Check(name, "unknown", cut(message), tuple(map(cut, lenient)))


def cut(words: str) -> str:
    """A message as long as anybody reads, whatever a stranger's words in it."""
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 30]} … {words[-25:]}"


def _sentence(report: Report, name: CheckName) -> str:
    finding = report.check(name)
    return finding.message if finding else ""
