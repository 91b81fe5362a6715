"""Names nobody could take for a real learner's: common given names, and surnames that say "sample"."""

import unicodedata
from functools import lru_cache

GIVEN: tuple[tuple[str, str], ...] = (
    ("Ada", "Adi"), ("Abigail", "Abby"), ("Adam", "Ad"), ("Alexander", "Alex"), ("Alice", "Ali"), ("Amara", "Mara"),
    ("Andrew", "Drew"), ("Anna", "Annie"), ("Anthony", "Tony"), ("Aria", "Ari"), ("Arjun", "AJ"), ("Ava", "Avie"),
    ("Beatrice", "Bea"), ("Benjamin", "Ben"), ("Caleb", "Cal"), ("Cameron", "Cam"), ("Caroline", "Carrie"),
    ("Catherine", "Kate"), ("Charles", "Charlie"), ("Charlotte", "Lottie"), ("Christopher", "Chris"),
    ("Clara", "Clare"), ("Daniel", "Danny"), ("David", "Dave"), ("Deborah", "Debbie"), ("Diego", "Dee"),
    ("Dominic", "Dom"), ("Edward", "Ned"), ("Eleanor", "Ellie"), ("Elijah", "Eli"), ("Elizabeth", "Lizzie"),
    ("Emily", "Em"), ("Emma", "Emmy"), ("Ethan", "E"), ("Evelyn", "Evie"), ("Ezra", "Ez"), ("Fatima", "Tima"),
    ("Florence", "Flo"), ("Francis", "Frank"), ("Gabriel", "Gabe"), ("Gabriella", "Gabby"), ("George", "Georgie"),
    ("Grace", "Gracie"), ("Gregory", "Greg"), ("Hannah", "Hanna"), ("Harper", "Harp"), ("Harrison", "Harry"),
    ("Henry", "Hank"), ("Imani", "Mani"), ("Isaac", "Zac"), ("Isabella", "Bella"), ("Jacob", "Jake"),
    ("Jamal", "Jay"), ("James", "Jimmy"), ("Jasmine", "Jas"), ("Jennifer", "Jenny"), ("Jeremiah", "Jerry"),
    ("Jessica", "Jess"), ("Jonathan", "Jon"), ("Joseph", "Joey"), ("Joshua", "Josh"), ("Josephine", "Josie"),
    ("Julia", "Jules"), ("Katherine", "Katie"), ("Kenneth", "Ken"), ("Kevin", "Kev"), ("Khadija", "Dija"),
    ("Laila", "Lai"), ("Lauren", "Laurie"), ("Leonard", "Leo"), ("Lillian", "Lily"), ("Lucas", "Luke"),
    ("Lucy", "Lu"), ("Madeline", "Maddie"), ("Malik", "Mal"), ("Margaret", "Maggie"), ("Maria", "Mia"),
    ("Mason", "Mace"), ("Matthew", "Matt"), ("Maya", "May"), ("Michael", "Mike"), ("Mohammed", "Mo"),
    ("Natalie", "Nat"), ("Nathaniel", "Nate"), ("Nicholas", "Nick"), ("Nina", "Nini"), ("Noah", "Noe"),
    ("Nora", "Norie"), ("Oliver", "Ollie"), ("Olivia", "Liv"), ("Omar", "Om"), ("Oscar", "Ozzie"),
    ("Patricia", "Patty"), ("Penelope", "Penny"), ("Peter", "Pete"), ("Philip", "Phil"), ("Priya", "Pri"),
    ("Rachel", "Rae"), ("Rebecca", "Becca"), ("Richard", "Rick"), ("Robert", "Bobby"), ("Rohan", "Ro"),
    ("Rosa", "Rosie"), ("Ruby", "Rube"), ("Samantha", "Sam"), ("Samuel", "Sammy"), ("Sarah", "Sadie"),
    ("Sebastian", "Seb"), ("Sophia", "Sophie"), ("Stephanie", "Steph"), ("Stephen", "Steve"), ("Susan", "Sue"),
    ("Theodore", "Teddy"), ("Thomas", "Tommy"), ("Timothy", "Tim"), ("Valentina", "Val"), ("Victoria", "Vicky"),
    ("Vincent", "Vinny"), ("Violet", "Vi"), ("Wei", "Will"), ("William", "Billy"), ("Wyatt", "Wy"),
    ("Yasmin", "Yas"), ("Zachary", "Zach"), ("Zainab", "Zay"),
)  # fmt: skip
"""Given names, each with the short form a friend, or another system, may use."""

ACCENTED_GIVEN = (
    "José",
    "Zoë",
    "Renée",
    "Ángel",
    "Søren",
    "Łucja",
    "Chloé",
    "Joaquín",
    "Márta",
    "Jürgen",
    "Inês",
    "Đức",
)
ACCENTED_FAMILY = ("Muñestra", "Échantillon", "Müsterling", "Vzorová", "Przykładowska", "Örnekoğlu", "Näytenén", "Mẫu")
DOUBLE_FAMILY = ("Muestra Ejemplo", "Muster-Beispiel", "Prueba Modelo", "Sample-Testwell", "Amostra Exemplo")
APOSTROPHE_FAMILY = ("O'Placeholder", "D'Esempio", "O'Sample", "N'Specimen")
ALIKE = (("Ada", "Ida"), ("Lena", "Lina"), ("Jon", "Jan"), ("Mira", "Mara"), ("Tim", "Tom"), ("Ella", "Bella"))
"""Given names of twins that differ by a letter: the pairs a careless matcher takes for one learner."""

_STEMS = (
    "Sample", "Test", "Specimen", "Demo", "Mockup", "Proto", "Exemplar", "Placeholder", "Trial", "Fixture", "Pattern",
    "Draft", "Template", "Example",
)  # fmt: skip
_ENDINGS = (
    "", "well", "son", "ford", "by", "wick", "field", "stone", "worth", "ley", "ton", "dale", "man", "brook", "ridge",
    "more",
)  # fmt: skip
FAMILY = tuple(stem + ending for stem in _STEMS for ending in _ENDINGS)

_UNDECOMPOSED = str.maketrans({"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ğ": "g"})


@lru_cache(maxsize=4096)
def unaccented(name: str) -> str:
    """The name as a system writes it that knows plain ASCII letters only."""
    decomposed = unicodedata.normalize("NFKD", name.translate(_UNDECOMPOSED))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


@lru_cache(maxsize=4096)
def login(name: str) -> str:
    """The letters of a name that fit into a login or an address: "O'Sample" gives "osample"."""
    return "".join(letter for letter in unaccented(name).lower() if letter.isalnum())
