"""Ed-Fi's people in canonical terms: students, what organizations say of them, staff, contacts and parents."""

from collections.abc import Iterable

from connectors.dates import NO_DAY
from connectors.edfi.codes import RACES, RELATIONS, SECRET, SEXES, SYSTEMS
from connectors.edfi.readers import Notes, code_of, coded, each_of, gone, linked, own_id
from connectors.fields import Fields
from schemas import Agent, AnyRecord, Demographics, Identifier, Name, Person, Role
from schemas.codes import RoleName

STAFF = "staff"
"""The issuer of staff numbers: staff 1001 is not student 1001."""


def student(f: Fields) -> Iterable[AnyRecord]:
    if taken_back := gone(f):
        return [taken_back]
    key, notes = own_id(f), Notes()
    number = f.ident("studentUniqueId")
    birth_date = f.day("birthDate", None)
    if birth_date in NO_DAY:
        notes["birthDate"], birth_date = str(birth_date), None
    return [
        Person(
            key=key,
            identifiers=(Identifier(type="sourced", value=key), Identifier(type="state", value=number)),
            names=_names(f),
            birth_date=birth_date,
            extensions=notes,
        ),
        Demographics(
            key=key, person=key, birth_date=birth_date, sex=coded(f, "birthSexDescriptor", SEXES, notes, None)
        ),
    ]


def student_education_organization(f: Fields) -> Iterable[AnyRecord]:
    """What an organization says of a student: its numbers for them, how they are reached, who they are."""
    if taken_back := gone(f):
        return [taken_back]
    key, person, notes = own_id(f), linked(f, "studentReference"), Notes()
    identifiers = _codes(f, "studentIdentificationCodes", "studentIdentificationSystemDescriptor", None, notes)
    email = _email(f)
    races = [coded(each, "raceDescriptor", RACES, notes, None) for each in f.each("races")]
    return [
        Person(key=person, identifiers=(*identifiers, *_accounts(f, email)), email=email, extensions=notes),
        Demographics(
            key=key,
            person=person,
            sex=coded(f, "sexDescriptor", SEXES, notes, None),
            races=tuple(race for race in races if race),
            hispanic=f.flag("hispanicLatinoEthnicity", None),
        ),
    ]


def staff(f: Fields) -> Iterable[AnyRecord]:
    if taken_back := gone(f):
        return [taken_back]
    key, notes = own_id(f), Notes()
    number, email = f.ident("staffUniqueId"), _email(f)
    identifiers = _codes(f, "identificationCodes", "staffIdentificationSystemDescriptor", STAFF, notes)
    own = Identifier(type="sourced", value=key), Identifier(type="state", value=number, issuer=STAFF)
    return [
        Person(
            key=key,
            identifiers=(*own, *identifiers, *_accounts(f, email)),
            names=_names(f),
            email=email,
            extensions=notes,
        )
    ]


def contact(f: Fields) -> Iterable[AnyRecord]:
    """A contact (Data Standard 5), or a parent (4)."""
    if taken_back := gone(f):
        return [taken_back]
    key = own_id(f)
    number = f.ident("contactUniqueId", None) or f.ident("parentUniqueId")
    email = _email(f)
    phone = next((each.text("telephoneNumber", None) for each in each_of(f, "telephones", "telephoneNumber")), None)
    return [
        Person(
            key=key,
            identifiers=(
                Identifier(type="sourced", value=key),
                Identifier(type="other", value=number),
                *_accounts(f, email),
            ),
            names=_names(f),
            email=email,
            phone=phone,
        )
    ]


def student_contact(f: Fields) -> Iterable[AnyRecord]:
    """An adult of a student's: said of both, of the student as an agent and of the adult as a role."""
    if taken_back := gone(f):
        return [taken_back]
    f.drop("id")
    notes = Notes()
    relation: RoleName = coded(f, "relationDescriptor", RELATIONS, notes, "relative") or "other"
    adult = linked(f, "contactReference") if "contactReference" in f else linked(f, "parentReference")
    return [
        Person(key=linked(f, "studentReference"), agents=(Agent(person=adult, relation=relation),), extensions=notes),
        Person(key=adult, roles=(Role(role=relation),)),
    ]


def _names(f: Fields) -> tuple[Name, ...]:
    """The legal name, the preferred one, and others the person goes or went by."""
    legal = Name(given=f.text("firstName"), family=f.text("lastSurname"), middle=f.text("middleName", None))
    names = [legal]
    given_name, family_name = f.text("preferredFirstName", None), f.text("preferredLastSurname", None)
    if given_name or family_name:
        names.append(Name(given=given_name or legal.given, family=family_name or legal.family, preferred=True))
    for each in f.each("otherNames"):
        each.drop("otherNameTypeDescriptor", "generationCodeSuffix", "personalTitlePrefix")
        names.append(
            Name(
                given=each.text("firstName", None),
                family=each.text("lastSurname", None),
                middle=each.text("middleName", None),
            )
        )
    return tuple(names)


def _email(f: Fields) -> str | None:
    """The primary address or, where none is, the first."""
    addresses: list[tuple[bool, str]] = []
    for each in f.each("electronicMails"):
        primary = each.flag("primaryEmailAddressIndicator", False)
        each.drop("electronicMailTypeDescriptor", "doNotPublishIndicator")
        if address := each.ident("electronicMailAddress", None):
            addresses.append((not primary, address))
    return min(addresses, key=lambda each: each[0])[1] if addresses else None


def _accounts(f: Fields, email: str | None) -> tuple[Identifier, ...]:
    login = f.ident("loginId", None)
    named = [Identifier(type="username", value=login)] if login else []
    return (*named, *([Identifier(type="email", value=email)] if email else []))


def _codes(f: Fields, name: str, system: str, series: str | None, notes: Notes) -> list[Identifier]:
    """Identification codes: their issuer is the organization that assigned them, where one is told."""
    identifiers = []
    for n, each in enumerate(f.each(name)):
        code, value = code_of(each, system) or "", each.ident("identificationCode")
        issuer = each.text("assigningOrganizationIdentificationCode", None) or series
        if code.lower() in SECRET:
            continue
        kind = SYSTEMS.get(code.lower(), "other")
        if kind == "other":
            notes[f"{name}[{n}].{system}"] = code
        identifiers.append(Identifier(type=kind, value=value, issuer=issuer))
    return identifiers
