"""What every canonical record has, and the small values they share."""

from datetime import date, datetime
from functools import cache
from typing import Any

from msgspec import NODEFAULT, Struct
from msgspec.structs import fields, force_setattr

from schemas.codes import IdentifierType, RoleName, Setting


def share_defaults(value: Struct) -> None:
    """Let each text, number or tuple of a new value that equals its field's default be that default.

    msgspec leaves out a field that *is* its default, the same object, and writes one that only equals it. With this
    called in `__post_init__` equal values have equal bytes, be their words the code's own or read from elsewhere.
    """
    for name, default in _defaults(type(value)):
        own = getattr(value, name)
        if own is not default and own == default:
            force_setattr(value, name, default)


@cache
def _defaults(shape: type[Struct]) -> tuple[tuple[str, Any], ...]:
    """The fields of a shape whose default is a value of which there may be another, equal one."""
    lone = (NODEFAULT, None, True, False, ())
    return tuple(
        (field.name, field.default) for field in fields(shape) if not any(field.default is single for single in lone)
    )


class Value(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A frozen value inside a record."""


class Record(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    """One statement of one source.

    `key` is the record's id at the source, unique per kind within the source. `begins`/`ends` are the valid time (when
    it was so in the world; both inclusive). `modified` is the source's own version time. `setting` says where the
    learning happened; None means what the source's configuration says. `withdrawn` marks what the source has deleted;
    `ended` what it says to be over, be it that it tells no date. `extensions` keeps, by field path, what the mapping
    did not know.
    """

    key: str
    begins: date | None = None
    ends: date | None = None
    modified: datetime | None = None
    setting: Setting | None = None
    withdrawn: bool = False
    ended: bool = False
    extensions: dict[str, Any] = {}


class Gone(Record, frozen=True, tag="gone"):
    """The source withdrew a record and tells no more than its id: what it said before stays, marked as withdrawn."""

    withdrawn: bool = True


class Identifier(Value, frozen=True):
    """A typed identifier (OneRoster userId, Open Badges IdentityObject): no value means anything without its issuer.

    `issuer` None is the connection's own authority: the district for `state` and `district` types, the source itself
    for all others.
    """

    type: IdentifierType
    value: str
    issuer: str | None = None


class Name(Value, frozen=True):
    """A name a person goes or went by. `full` is for sources that do not tell the parts apart."""

    given: str | None = None
    family: str | None = None
    middle: str | None = None
    full: str | None = None
    preferred: bool = False
    begins: date | None = None
    ends: date | None = None


class Role(Value, frozen=True):
    """A role held at an organization (OneRoster 1.2 `roles[]`). `org` is an Org key; None is the whole source."""

    role: RoleName
    org: str | None = None
    primary: bool = False
    begins: date | None = None
    ends: date | None = None
