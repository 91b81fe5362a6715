"""Made-up households: a district's roster, and sign-ups of a program whose true learner is known.

Every name is made of lists of common names and chance; the same seed makes the same people. Rates of errors differ by
seed, so that nothing can be fitted to one of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from app.matching.apart import PersonRef, TypedId
from app.matching.traits import Traits, contact, spelling
from schemas import Name

GIVEN = {
    "english": """
        James Mary John Patricia Robert Jennifer Michael Linda William Elizabeth David Barbara Richard Susan Joseph
        Jessica Thomas Sarah Charles Karen Christopher Nancy Daniel Lisa Matthew Betty Anthony Margaret Mark Sandra
        Donald Ashley Steven Kimberly Paul Emily Andrew Donna Joshua Michelle Kenneth Carol Kevin Amanda Brian
        Melissa George Deborah Edward Stephanie Ronald Rebecca Timothy Laura Jason Sharon Jeffrey Cynthia Ryan
        Kathleen Jacob Amy Gary Angela Nicholas Shirley Eric Anna Jonathan Brenda Stephen Pamela Larry Emma Justin
        Nicole Scott Helen Brandon Samantha Benjamin Katherine Samuel Christine Gregory Debra Alexander Rachel Frank
        Carolyn Patrick Janet Raymond Catherine Jack Maria Dennis Heather Jerry Diane Tyler Olivia Aaron Julie Jose
        Joyce Adam Victoria Nathan Ruth Henry Virginia Zachary Lauren Douglas Kelly Peter Christina Kyle Joan Noah
        Evelyn Ethan Judith Jeremy Andrea Walter Hannah Keith Megan Roger Cheryl Sean Jacqueline Brianna Bryan Aidan
        Jayden Keira Kiera Madison Addison
    """,
    "spanish": """
        Jose Juan Luis Carlos Jesus Miguel Francisco Alejandro Antonio Diego Javier Fernando Ricardo Manuel Eduardo
        Guadalupe Maria Sofia Camila Valentina Isabella Ximena Daniela Lucia Mariana Fernanda Andrea Gabriela
        Rosario Esperanza Santiago Mateo Emiliano Rafael Ignacio
    """,
    "vietnamese": """
        An Anh Bao Binh Chi Cuong Dung Duc Giang Hai Hanh Hieu Hoa Hung Huong Khanh Lan Linh Long Mai Minh Nam Nga
        Ngoc Phuc Phuong Quan Quang Son Tam Thao Thu Trang Tuan Vinh
    """,
    "arabic": """
        Mohammed Ahmed Ali Omar Yusuf Ibrahim Khalid Hassan Hussein Mahmoud Fatima Aisha Maryam Zaynab Layla Noor
        Salma Amina Huda Yasmin Abdullah Bilal Hamza Tariq
    """,
}
FAMILY = {
    "english": """
        Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson Taylor Thomas Moore Jackson Martin Lee
        Thompson White Harris Clark Lewis Robinson Walker Young Allen King Wright Scott Hill Green Adams Nelson
        Baker Hall Campbell Mitchell Carter Roberts Phillips Evans Turner Parker Collins Edwards Stewart Morris
        Murphy Cook Rogers Morgan Peterson Cooper Reed Bailey Bell Kelly Howard Ward Cox Richardson Wood Watson
        Brooks Bennett Gray Hughes Price Myers Long Foster Sanders Ross O'Neil MacDonald Powell Sullivan Russell
        Ortega-Hill Jenkins Perry Butler Barnes Fisher Henderson Coleman Simmons Patterson Jordan Reynolds Hamilton
        Graham Kim Wallace
    """,
    "spanish": """
        Garcia Rodriguez Martinez Hernandez Lopez Gonzalez Perez Sanchez Ramirez Torres Flores Rivera Gomez Diaz
        Reyes Morales Cruz Ortiz Gutierrez Chavez Ramos Ruiz Alvarez Mendoza Vasquez Castillo Jimenez Moreno Romero
        Herrera Medina Aguilar Vargas Guzman Mendez Munoz Salazar Soto Delgado Pena Rios Contreras
    """,
    "vietnamese": "Nguyen Tran Le Pham Hoang Phan Vu Dang Bui Do Ho Ngo Duong Ly",
    "arabic": """
        Haddad Khoury Mansour Nasser Saleh Rahman Aziz Karim Hakim Farah Hamdan Qasim Abdi Hassan Ibrahim Mohamud
    """,
}
OTHER_SPELLINGS = {
    "Mohammed": ("Muhammad", "Mohamed", "Mohammad"),
    "Yusuf": ("Youssef", "Yousef"),
    "Hussein": ("Husayn", "Hussain"),
    "Aisha": ("Aysha", "Ayesha"),
    "Maryam": ("Mariam",),
    "Layla": ("Leila", "Laila"),
    "Zaynab": ("Zainab",),
    "Khalid": ("Khaled",),
    "Tariq": ("Tarek",),
    "Noor": ("Nur", "Nour"),
}
SHORT = {
    "Elizabeth": ("Liz", "Beth", "Lizzie"),
    "William": ("Bill", "Will", "Billy"),
    "Robert": ("Rob", "Bobby"),
    "Michael": ("Mike",),
    "James": ("Jim", "Jimmy"),
    "Joseph": ("Joe", "Joey"),
    "Thomas": ("Tom", "Tommy"),
    "Katherine": ("Kate", "Katie"),
    "Jennifer": ("Jen", "Jenny"),
    "Margaret": ("Maggie", "Meg"),
    "Richard": ("Rick",),
    "Christopher": ("Chris",),
    "Matthew": ("Matt",),
    "Anthony": ("Tony",),
    "Nicholas": ("Nick",),
    "Daniel": ("Dan", "Danny"),
    "Andrew": ("Andy", "Drew"),
    "Samantha": ("Sam",),
    "Benjamin": ("Ben",),
    "Samuel": ("Sam",),
    "Alexander": ("Alex",),
    "Rebecca": ("Becky",),
    "Patricia": ("Patty",),
    "Jessica": ("Jess",),
    "Francisco": ("Paco", "Pancho"),
    "Jose": ("Pepe",),
    "Guadalupe": ("Lupita",),
    "Ignacio": ("Nacho",),
    "Eduardo": ("Lalo",),
    "Rosario": ("Charo",),
    "Zachary": ("Zach",),
    "Jonathan": ("Jon",),
}
STREETS = [
    "Oak",
    "Maple",
    "Cedar",
    "Pine",
    "Elm",
    "Washington",
    "Lake",
    "Hill",
    "Walnut",
    "Spring",
    "River",
    "Church",
    "Park",
    "Mill",
    "Union",
    "Prospect",
]


@dataclass(frozen=True)
class Child:
    """A child as one side writes them. `true` is who it is; "" for somebody who is not on the roster."""

    true: str
    given: str
    middle: str
    family: str
    birth: date | None
    grade: int | None
    school: str
    email: str
    phone: str
    address: str
    number: str
    kind: str = ""


@dataclass(frozen=True)
class Rates:
    """How often what goes wrong."""

    short: float
    typo: float
    birth_slip: float
    birth_missing: float
    moved: float
    renamed: float
    swapped: float
    number: float
    contact: float
    stranger: float


def rates(seed: int) -> Rates:
    """Rates of errors that differ by seed."""
    chance = Random(seed * 31 + 7)

    def between(low: float, high: float) -> float:
        return low + (high - low) * chance.random()

    return Rates(
        short=between(0.03, 0.07),
        typo=between(0.02, 0.06),
        birth_slip=between(0.01, 0.035),
        birth_missing=between(0.02, 0.05),
        moved=between(0.05, 0.15),
        renamed=between(0.01, 0.03),
        swapped=between(0.005, 0.015),
        number=between(0.08, 0.2),
        contact=between(0.8, 0.95),
        stranger=between(0.1, 0.2),
    )


def roster(seed: int, people: int) -> list[Child]:
    """A district's children: households with brothers and sisters, twins, and cousins of one name."""
    chance = Random(seed)
    children: list[Child] = []
    while len(children) < people:
        children += _household(chance, len(children))
    return children[:people]


def _household(chance: Random, begin: int) -> Iterator[Child]:
    culture = chance.choices(list(GIVEN), (60, 25, 7, 8))[0]
    family = chance.choice(FAMILY[culture].split())
    if culture == "spanish" and chance.random() < 0.5:
        family += chance.choice((" ", "-")) + chance.choice(FAMILY[culture].split())
    contact = _contact(chance)
    names = GIVEN[culture].split()
    children = chance.choices((1, 2, 3, 4), (45, 35, 15, 5))[0]
    given_names = chance.sample(names, children)
    births = [date(2008, 1, 1) + timedelta(days=chance.randrange(365 * 11)) for _ in given_names]
    if children > 1 and chance.random() < 0.07:
        births[1] = births[0]
    for i, (name, born) in enumerate(zip(given_names, births, strict=True)):
        middle = chance.choice(names) if chance.random() < 0.5 else ""
        second = f"{name} {chance.choice(names)}" if culture == "spanish" and chance.random() < 0.2 else name
        yield Child(
            str(begin + i),
            second,
            middle,
            family,
            born,
            grade_of(born),
            f"School {chance.randrange(20)}",
            *contact,
            f"{4000000 + 7 * (begin + i)}",
        )


def _contact(chance: Random) -> tuple[str, str, str]:
    return (
        f"home{chance.randrange(10**9)}@example.org",
        f"401555{chance.randrange(10**4):04}{chance.randrange(10)}"[:10],
        f"{chance.randrange(1, 400)} {chance.choice(STREETS)} Street {chance.randrange(2800, 2950):05}",
    )


def grade_of(born: date) -> int:
    """The grade of who was born then, in fall 2026."""
    return 2026 - born.year - 5 - (born.month >= 9)


def sign_ups(seed: int, children: list[Child], many: int) -> list[Child]:
    """What a program's form says of some of them, and of strangers, sisters, brothers and twins who are on none."""
    chance, how = Random(seed * 17 + 3), rates(seed)
    return [_sign_up(chance, how, chance.choice(children)) for _ in range(many)]


def _sign_up(chance: Random, how: Rates, child: Child) -> Child:
    if chance.random() < how.stranger:
        child = _stranger(chance, child)
    kinds = [child.kind] if child.kind else []
    given_name, family, born = child.given, child.family, child.birth
    if chance.random() < how.short and (forms := SHORT.get(given_name) or OTHER_SPELLINGS.get(given_name)):
        given_name, kinds = chance.choice(forms), [*kinds, "short"]
    elif given_name in OTHER_SPELLINGS and chance.random() < 0.3:
        given_name, kinds = chance.choice(OTHER_SPELLINGS[given_name]), [*kinds, "spelling"]
    if chance.random() < how.typo:
        given_name, kinds = _typo(chance, given_name), [*kinds, "typo"]
    elif chance.random() < how.typo:
        family, kinds = _typo(chance, family), [*kinds, "typo"]
    if len(parts := family.replace("-", " ").split()) > 1 and chance.random() < 0.4:
        family, kinds = chance.choice(parts), [*kinds, "part"]
    if chance.random() < how.renamed:
        family, kinds = chance.choice(FAMILY["english"].split()), [*kinds, "renamed"]
    if chance.random() < how.swapped:
        given_name, family, kinds = family, given_name, [*kinds, "swapped"]
    if born and chance.random() < how.birth_missing:
        born, kinds = None, [*kinds, "no birth date"]
    elif born and chance.random() < how.birth_slip:
        born, kinds = _slip(chance, born), [*kinds, "birth date"]
    email, phone, address = child.email, child.phone, child.address
    if chance.random() < how.moved:
        address, kinds = _contact(chance)[2], [*kinds, "moved"]
    if chance.random() < 0.3:
        email = f"kid{chance.randrange(10**9)}@example.net"
    return replace(
        child,
        given=given_name,
        middle=child.middle[:1] if chance.random() < 0.3 else "",
        family=family,
        birth=born,
        grade=child.grade if chance.random() < 0.9 else None,
        school=child.school if chance.random() < 0.85 else "",
        email=email if chance.random() < how.contact else "",
        phone=phone if chance.random() < how.contact * 0.7 else "",
        address=address if chance.random() < how.contact else "",
        number=child.number if chance.random() < how.number else "",
        kind=",".join(kinds),
    )


def _stranger(chance: Random, child: Child) -> Child:
    """Somebody who is on no roster: of another household, or a brother, sister or twin of somebody who is."""
    names = next(names_of.split() for names_of in GIVEN.values() if child.given.split()[0] in names_of.split())
    choice = chance.choice([name for name in names if name != child.given.split()[0]])
    kin = replace(child, true="", given=choice, middle="", number="", kind="sibling")
    pick = chance.random()
    if pick < 0.35:
        other = next(_household(chance, 10**6))
        return replace(other, true="", number="", kind="stranger")
    if pick < 0.85 and child.birth:
        born = child.birth + timedelta(days=chance.choice((-1, 1)) * chance.randrange(300, 1800))
        return replace(kin, birth=born, grade=grade_of(born))
    return replace(kin, kind="twin")


def _typo(chance: Random, word: str) -> str:
    if len(word) < 4:
        return word
    i = chance.randrange(1, len(word) - 1)
    return chance.choice(
        (
            word[:i] + word[i + 1 :],
            word[:i] + word[i + 1] + word[i] + word[i + 2 :],
            word[:i] + word[i] + word[i:],
            word[:i] + chance.choice("aeiourtnsl") + word[i + 1 :],
        )
    )


def _slip(chance: Random, born: date) -> date:
    pick = chance.randrange(4)
    if pick == 0 and born.day <= 12:
        return date(born.year, born.day, born.month)
    if pick == 1:
        return date(born.year, 1, 1)
    if pick == 2:
        return date(born.year + chance.choice((-1, 1)), born.month, min(born.day, 28))
    return born + timedelta(days=chance.choice((-10, -1, 1, 10)))


def traits_of(source: int, key: str, child: Child) -> Traits:
    """A child as scores compare them."""
    reached = (("email", child.email), ("phone", child.phone), ("address", child.address))
    return Traits(
        ref=PersonRef(source, key),
        names=(spelling(Name(given=child.given, middle=child.middle, family=child.family)),),
        birth=child.birth,
        birth_year=child.birth.year if child.birth else None,
        grade=child.grade,
        schools=frozenset({child.school} if child.school else ()),
        ids=frozenset({TypedId("state", "d", child.number)} if child.number else ()),
        contacts=frozenset(reachable for kind, value in reached if value and (reachable := contact(kind, value))),
    )
