"""Who a pushed document is about, as its submitter names them."""

from pydantic import Field, model_validator

from connectors.ids import stands_for_none
from connectors.pushed import Day, Ident, Label, Pushed
from schemas import Identifier, Name, Person, Role
from schemas.codes import IdentifierType

STRONGEST: tuple[IdentifierType, ...] = ("state", "district", "sourced", "program", "account", "did", "username")
"""Identifiers one person has alone, the most lasting first. An e-mail address is not among them: families share one."""

NUMBERS = frozenset({"state", "district", "program"})
"""Identifiers that people type, and where there is none, sometimes a word for that."""


class LearnerIdentifier(Pushed):
    """A number or name the learner is known by."""

    type: IdentifierType = Field(description="what kind of identifier: `district` is the district's student number")
    value: Ident = Field(description="the identifier itself")
    issuer: Ident | None = Field(None, description="who gave it, where that is not the usual authority for its type")


class LearnerName(Pushed):
    """The learner's name, in parts where they are known apart."""

    given: Label | None = Field(None, description="the given (first) name")
    family: Label | None = Field(None, description="the family (last) name")
    middle: Label | None = None
    full: Label | None = Field(None, description="the whole name, where its parts are not known apart")


class Learner(Pushed):
    """The learner. Say as little as finds them: one identifier, and a name if it is at hand."""

    identifiers: tuple[LearnerIdentifier, ...] = Field(min_length=1, max_length=20)
    name: LearnerName | None = None
    birth_date: Day | None = Field(None, description="only where nothing else tells the learner from others")
    grade: Label | None = Field(None, description="grade level: KG, 01 … 12")

    @model_validator(mode="after")
    def _one_value_each(self) -> "Learner":
        first: dict[tuple[str, str | None], str] = {}
        for identifier in self.identifiers:
            if (
                identifier.type in ("state", "district")
                and first.setdefault((identifier.type, identifier.issuer), identifier.value) != identifier.value
            ):
                raise ValueError(f"has two {identifier.type} identifiers: one document is about one learner")
        return self

    def person(self, document: str) -> Person:
        """The learner as a Person; `document` is the key of the pushed document that names them."""
        name = self.name
        names = (Name(given=name.given, family=name.family, middle=name.middle, full=name.full),) if name else ()
        return Person(
            key=self._key(document),
            identifiers=tuple(Identifier(type=i.type, value=i.value, issuer=i.issuer) for i in self.identifiers),
            names=tuple(n for n in names if n != Name()),
            roles=(Role(role="student"),),
            birth_date=self.birth_date,
            email=next((i.value for i in self.identifiers if i.type == "email"), None),
            grades=(self.grade,) if self.grade else (),
        )

    def _key(self, document: str) -> str:
        """The strongest identifier; where there is none, the document: two who share an e-mail address stay two."""
        for kind in STRONGEST:
            for identifier in self.identifiers:
                if identifier.type == kind and not (kind in NUMBERS and stands_for_none(identifier.value)):
                    return key_of(kind, identifier.value, identifier.issuer)
        return f"document:{document}"


def key_of(kind: IdentifierType, value: str, issuer: str | None) -> str:
    """The key of a person known by one identifier: two that differ in type, value or issuer are two keys.

    What follows the last `@` is the issuer: one with an `@` of its own is quoted, and where there is none it is empty.
    An e-mail address is nobody's to give, and stands alone.
    """
    if issuer:
        return f"{kind}:{value}@{issuer.replace('%', '%25').replace('@', '%40')}"
    return f"{kind}:{value}@" if "@" in value and kind != "email" else f"{kind}:{value}"
