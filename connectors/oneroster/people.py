"""A user's names and identifiers, and whose numbers they are."""

from collections.abc import Sequence

from connectors.errors import MappingError
from connectors.fields import Fields
from connectors.ids import undressed_or_same
from connectors.oneroster.codes import USER_ID_TYPES
from connectors.oneroster.readers import Notes, maybe_id, plain_id, side, user_ids
from schemas import Identifier, Name, Role
from schemas.codes import IdentifierType

MASTER = "userMasterIdentifier"
"""The issuer of `userMasterIdentifier`s: a series of numbers of its own, beside the district's student numbers."""

STAFF = "staff"
"""The issuer of staff numbers: staff 1001 is not student 1001."""

_FAMILY = frozenset({"guardian", "parent", "relative"})


def identifiers(f: Fields, key: str, roles: Sequence[Role], email: str | None, notes: Notes) -> tuple[Identifier, ...]:
    """All identifiers of a user. `other` types keep their own name in the notes.

    Numbers of staff are a series of their own. A family member's number is often the child's, and so is `other`.
    """
    staff = bool(roles) and not is_student(roles)
    family = staff and all(role.role in _FAMILY for role in roles)
    series = STAFF if staff else None
    identifiers = [Identifier(type="sourced", value=key)]
    if number := maybe_id(f, "identifier"):
        kind: IdentifierType = "other" if family else "district"
        identifiers.append(Identifier(type=kind, value=number, issuer=None if family else series))
    if master := maybe_id(f, "userMasterIdentifier"):
        identifiers.append(Identifier(type="district", value=master, issuer=MASTER))
    username = f.ident("username", "")
    if f.row:
        username = undressed_or_same(username)
    if username:
        identifiers.append(Identifier(type="username", value=username))
    if email is not None:
        identifiers.append(Identifier(type="email", value=email))
    others: list[tuple[str, str]] = side(notes, "userIds", lambda: user_ids(f, notes), [])
    for i, (name, value) in enumerate(others):
        value = plain_id(f, "userIds", value)  # noqa: PLW2901
        known = None if family else USER_ID_TYPES.get(name.lower())
        if known is None:
            notes[f"userIds[{i}].type"] = name
            identifiers.append(Identifier(type="other", value=value))
        else:
            identifiers.append(Identifier(type=known, value=value, issuer=series))
    return tuple(identifiers)


def names(f: Fields, *, required: bool) -> tuple[Name, ...]:
    """The legal name, whose given and family parts OneRoster requires, and the preferred one where it is told.

    JSON and CSV spell the preferred name's parts differently.
    """
    given_name, family_name, middle = f.text("givenName", None), f.text("familyName", None), f.text("middleName", None)
    if given_name is None or family_name is None:
        if required:
            missing = "givenName" if given_name is None else "familyName"
            raise MappingError(f"field '{missing}' is missing or blank, and is required")
        if given_name is None and family_name is None:
            return ()
    legal = Name(given=given_name, family=family_name, middle=middle)
    if not f.names():  # most users have no more than the common fields
        return (legal,)
    preferred = (
        f.text("preferredFirstName", None) or f.text("preferredGivenName", None),
        f.text("preferredMiddleName", None),
        f.text("preferredLastName", None) or f.text("preferredFamilyName", None),
    )
    if preferred == (None, None, None):
        return (legal,)
    return legal, Name(given=preferred[0], middle=preferred[1], family=preferred[2], preferred=True)


def is_student(roles: Sequence[Role]) -> bool:
    """Whether one of the roles is a student's."""
    for role in roles:  # noqa: SIM110 (a plain loop is several times faster than any() here, and it runs for every user)
        if role.role == "student":
            return True
    return False
