"""What the demo lets people see: an administrator, a teacher and a parent of the sample district, each by a link."""

from rich.markup import escape

from app.cli.people import link_of
from app.cli.tour import Screen
from app.db.access.tenants import TenantRow
from app.people import accounts, directory, invitations
from app.sandbox.catalog import MATH
from app.sandbox.district import District
from app.start import Service

DAYS = 7
MAKER = "the demo"


async def show_people(service: Service, tenant: TenantRow, district: District, sis: int, number: str) -> Screen:
    """Links that sign the reader in: as the administrator, as a teacher of the learner of that number, as a parent."""
    learner = next(learner for learner in district.learners if learner.number == number)
    parent = district.guardians_of(learner.household)[0]
    attended = [class_ for class_, _, ends in district.classes_of(learner) if ends is None]
    taught = next((class_ for class_ in attended if class_.subject == MATH), attended[0])
    teacher = next(teacher for teacher in district.staff if teacher.key == taught.teacher)
    screen = Screen("See it as they do")
    screen.add("Each link signs you in once, as soon as 'tessera serve' runs; 'tessera demo' makes new ones.\n")
    for what, login, name, person in (
        ("The district's administrator", "administrator@sample.example", "Robin Sample", None),
        ("A teacher of this learner", teacher.email, f"{teacher.given} {teacher.family}", teacher.key),
        ("A parent of this learner", f"{parent.key}@sample.example", f"{parent.given} {parent.family}", parent.key),
    ):
        link = await _link(service, tenant, login, name, (sis, person) if person else None)
        screen.add(f"  {escape(what)}, {escape(name)}:\n    {link}")
    return screen


async def _link(service: Service, tenant: TenantRow, login: str, name: str, person: tuple[int, str] | None) -> str:
    """A link that signs somebody in, who is made at the first run: an administrator, or a person of the roster."""
    async with service.db.transaction(tenant.id) as tx:
        row = await directory.by_login(tx, login) or await accounts.make(tx, login, name)
        if person is None:
            await accounts.give(tx, row.id, "administrator", by=MAKER, origin="administrator")
        else:
            await accounts.bind(tx, row.id, [person], MAKER)
        return link_of(service, await invitations.sign_in_link(tx, row.id, MAKER, days=DAYS))
