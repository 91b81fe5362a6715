"""A person's statements, of all sources that are served, as one OneRoster user. Pure."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from app.rosters import shapes
from app.rosters.objects import ROLES, _after, _day, extended, refs
from app.rosters.shapes import ref
from schemas import Identifier, Name, Person
from schemas.codes import IdentifierType

MASTER = "userMasterIdentifier"
"""The issuer of numbers that come as `userMasterIdentifier` (see `connectors/oneroster`)."""
STAFF = "staff"
"""The issuer of staff numbers, which come as `identifier` too."""
USER_IDS: dict[IdentifierType, str] = {"state": "State", "sourced": "sourcedId", "account": "account", "other": "Local"}
"""The `userIds` types of identifiers that have no field of their own."""


class PersonStatement(Struct, frozen=True):
    """A statement about a person, of the `source` that tells it."""

    source: int
    record: Person


class References(Struct, frozen=True, kw_only=True):
    """The objects that a user's statements refer to: orgs and users by (source, key), and what enrollments tell.

    `enrolled` are roles at schools, for who has no role told. `district` is the org of roles that name none.
    """

    orgs: Mapping[tuple[int, str], str]
    users: Mapping[tuple[int, str], str]
    enrolled: Sequence[tuple[str, str]]
    district: str
    learner: bool


def user(statements: Sequence[PersonStatement], references: References) -> shapes.User:
    """A user, of statements in the order in which they are believed: the first that tells something is taken."""
    records = [each.record for each in statements]
    legal, preferred = _names([name for record in records for name in record.names])
    given_name, family_name = _parts(legal)
    numbers = [each for record in records for each in record.identifiers]
    district = next((n.value for n in numbers if n.type == "district" and n.issuer in (None, STAFF)), None)
    email = next((record.email for record in records if record.email), None)
    return shapes.User(
        enabled_user="true" if any(record.enabled for record in records) else "false",
        given_name=given_name,
        family_name=family_name,
        middle_name=legal.middle,
        preferred_first_name=preferred.given if preferred else None,
        preferred_middle_name=preferred.middle if preferred else None,
        preferred_last_name=preferred.family if preferred else None,
        pronouns=next((record.pronouns for record in records if record.pronouns), None),
        roles=_roles(statements, references),
        user_master_identifier=next((n.value for n in numbers if n.type == "district" and n.issuer == MASTER), None),
        username=next((n.value for n in numbers if n.type == "username"), None),
        user_ids=_user_ids(numbers, district),
        identifier=district,
        email=email,
        phone=next((record.phone for record in records if record.phone), None),
        primary_org=_primary(statements, references),
        agents=refs("users", _agents(statements, references)),
        grades=next((list(record.grades) for record in records if record.grades), None),
    )


def _names(names: Sequence[Name]) -> tuple[Name, Name | None]:
    """The legal name and the preferred one, of all that are told: those that run on before those that have ended."""
    ordered = sorted(names, key=lambda name: name.ends is not None)
    legal = next((name for name in ordered if not name.preferred), None)
    preferred = next((name for name in ordered if name.preferred), None)
    return legal or preferred or Name(), preferred if legal else None


def _parts(name: Name) -> tuple[str, str]:
    """Given and family name, which the standard requires: of a name told in one piece the last word is the family's."""
    if name.given or name.family:
        return name.given or name.family or "", name.family or name.given or ""
    first, _, last = (name.full or "?").strip().rpartition(" ")
    return first or last, last


def _roles(statements: Sequence[PersonStatement], references: References) -> list[shapes.Role]:
    """Every role once, one of them primary: as told, or as enrollments have it."""
    roles: dict[tuple[str, str], shapes.Role] = {}
    primary: tuple[str, str] | None = None
    for each in statements:
        for role in each.record.roles:
            org = references.district if role.org is None else references.orgs.get((each.source, role.org))
            if org is None:
                continue  # an organization that nobody described is no reference
            key = (extended(role.role, ROLES), org)
            primary = primary or (key if role.primary else None)
            ends = None if role.ends is None else _after(role.ends)
            served = shapes.Role(
                role_type="secondary", role=key[0], org=ref("orgs", org), begin_date=_day(role.begins), end_date=ends
            )
            roles.setdefault(key, served)
    for role_name, school in references.enrolled if not roles else ():
        key = (extended(role_name, ROLES), school)
        roles.setdefault(key, shapes.Role(role_type="secondary", role=key[0], org=ref("orgs", school)))
    if not roles:
        key = ("student" if references.learner else "ext:other", references.district)
        roles[key] = shapes.Role(role_type="primary", role=key[0], org=ref("orgs", references.district))
    first = primary or next(iter(roles))
    return [
        shapes.Role(
            role_type="primary" if key == first else "secondary",
            role=role.role,
            org=role.org,
            begin_date=role.begin_date,
            end_date=role.end_date,
        )
        for key, role in roles.items()
    ]


def _user_ids(numbers: Sequence[Identifier], district: str | None) -> list[shapes.UserId] | None:
    ids: dict[tuple[str, str], shapes.UserId] = {}
    for number in numbers:
        kind = USER_IDS.get(number.type)
        if number.type == "district" and number.issuer in (None, STAFF) and number.value != district:
            kind = "District"
        if kind is not None:
            ids.setdefault((kind, number.value), shapes.UserId(type=kind, identifier=number.value))
    return list(ids.values()) or None


def _primary(statements: Sequence[PersonStatement], references: References) -> shapes.Ref | None:
    for each in statements:
        if each.record.primary_org and (org := references.orgs.get((each.source, each.record.primary_org))):
            return ref("orgs", org)
    return None


def _agents(statements: Sequence[PersonStatement], references: References) -> list[str]:
    named = [(each.source, agent.person) for each in statements for agent in each.record.agents]
    return list(dict.fromkeys(references.users[key] for key in named if key in references.users))
