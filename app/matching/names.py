"""Names of people as they are compared: their words without case and accents, variants, and short forms.

The short forms, English and Spanish, are our own compilation of those in common use. Left out are those that begin the
long form (Rob, Alex: they are alike anyway) and those that parents give beside it as a name of its own, so that sisters
and brothers may bear both: Mia beside Maria, Ella, Nora, Lily, Sadie, Jamie, Liam, Sandra, Elena, Ana.
"""

import re
import unicodedata
from difflib import SequenceMatcher
from functools import cache, lru_cache
from itertools import product

from nicknames import NickNamer

SHORT_FORMS: dict[str, str] = {
    "abigail": "abby abbie",
    "albert": "bert bertie",
    "alexander": "sandy xander lex",
    "alexandra": "sandy lexi",
    "amanda": "mandy",
    "andrew": "drew andy",
    "anthony": "tony",
    "antonia": "toni",
    "barbara": "babs bobbie",
    "benjamin": "benny bennie",
    "catherine": "kate katie kathy kat cathy kit kitty cathie",
    "charles": "charlie charley chuck",
    "charlotte": "lottie charlie",
    "christina": "chrissy kristy tina christy",
    "christine": "chrissy kristy tina christy",
    "christopher": "topher kit",
    "cynthia": "cindy",
    "daniel": "danny dannie",
    "david": "dave davy davey",
    "deborah": "debbie debby",
    "donald": "donny donnie",
    "dorothy": "dot dottie dolly",
    "edward": "ned ted teddy eddie",
    "eleanor": "nell nellie ellie",
    "elizabeth": "liz lizzie lizzy beth bess bessie betsy betty libby",
    "eric": "rick ricky",
    "evelyn": "evie",
    "ezekiel": "zeke",
    "florence": "flossie",
    "frances": "frannie francie",
    "francis": "frank frankie",
    "frederick": "freddie freddy",
    "gabriel": "gabe",
    "gabriella": "gabby",
    "gabrielle": "gabby",
    "gerald": "gerry jerry",
    "gertrude": "trudy",
    "harold": "hal",
    "henry": "hank hal",
    "isabella": "bella belle izzy",
    "isabelle": "belle izzy",
    "jacob": "jake",
    "jacqueline": "jackie",
    "james": "jim jimmy",
    "jennifer": "jenny jennie",
    "jeremiah": "jerry",
    "jerome": "jerry",
    "jessica": "jessie",
    "john": "jack johnny",
    "jonathan": "jonny johnny",
    "joseph": "joe joey",
    "josephine": "josie",
    "judith": "judy",
    "katherine": "kate katie kathy kit kitty cathy cathie kathie",
    "kathleen": "kate katie kathy",
    "kathryn": "kate katie kathy",
    "kenneth": "kenny",
    "laurence": "larry",
    "lawrence": "larry",
    "leonard": "lenny",
    "louis": "louie",
    "louisa": "lulu",
    "louise": "lulu",
    "madeleine": "maddie maddy",
    "madeline": "maddie maddy",
    "margaret": "maggie meg peg peggy margie",
    "matthew": "matty",
    "melanie": "mellie",
    "melissa": "missy",
    "michael": "mike mikey mick mickey",
    "michelle": "shelly shelley",
    "mildred": "millie",
    "mohammed": "mo",
    "muhammad": "mo",
    "nathan": "nate",
    "nathaniel": "nate",
    "nicholas": "nick nicky",
    "nicole": "nikki nicki",
    "patricia": "patty patti tricia trish",
    "patrick": "paddy",
    "penelope": "penny",
    "peter": "petey",
    "rebecca": "becky becca",
    "richard": "rick ricky richie dick",
    "robert": "bob bobby robbie bert",
    "roberta": "bobbie",
    "ronald": "ronnie ronny",
    "samantha": "sammy sammie",
    "samuel": "sammy",
    "sandra": "sandy",
    "stephanie": "steffie steffi",
    "stephen": "steve stevie",
    "steven": "stevie",
    "susan": "sue susie suzie",
    "suzanne": "sue susie suzie",
    "terence": "terry",
    "theodore": "ted teddy",
    "theresa": "tess terri terry",
    "thomas": "tom tommy",
    "timothy": "timmy",
    "victoria": "vicky vicki tori",
    "vincent": "vinny vinnie",
    "virginia": "ginny",
    "walter": "wally",
    "william": "bill billy willie",
    "zachary": "zack zak",
    "alberto": "beto",
    "alejandra": "jana",
    "alejandro": "jano",
    "angela": "angie",
    "angelica": "angie",
    "antonio": "tono toni tony",
    "beatriz": "betty beti",
    "concepcion": "concha conchita",
    "consuelo": "chelo",
    "dolores": "lola loli",
    "eduardo": "lalo",
    "enrique": "quique kike",
    "ernesto": "neto",
    "ezequiel": "cheque",
    "fernando": "nando",
    "francisca": "paca paquita pancha",
    "francisco": "paco pancho paquito kiko curro",
    "gilberto": "beto",
    "graciela": "chela",
    "gregorio": "goyo",
    "guadalupe": "lupe lupita",
    "guillermo": "memo",
    "humberto": "beto",
    "ignacio": "nacho",
    "isabel": "chabela",
    "jesus": "chuy chucho",
    "jose": "pepe chepe",
    "josefa": "pepa",
    "josefina": "fina pepa",
    "leopoldo": "polo",
    "luis": "lucho",
    "manuel": "manolo",
    "melinda": "mindy",
    "mercedes": "meche merche",
    "miguel": "mike migue",
    "rafael": "rafa",
    "refugio": "cuca",
    "roberto": "beto",
    "rosario": "chayo charo",
    "salvador": "chava",
    "santiago": "chago",
    "sergio": "checo",
    "socorro": "coco",
    "teresa": "tere terry",
    "vicente": "chente",
}
"""Of each given name, without case and accents, its short forms."""

_PAIRS = frozenset(frozenset((name, short)) for name, shorts in SHORT_FORMS.items() for short in shorts.split())
_LONG = {
    short: frozenset(name for name, shorts in SHORT_FORMS.items() if short in shorts.split())
    for shorts in SHORT_FORMS.values()
    for short in shorts.split()
}
"""Of each short form, the names it is short for."""
_STROKES = str.maketrans({"đ": "d", "Đ": "D", "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "Ae"})
"""Letters that are a base letter and a mark to those who write them, and a letter of their own to Unicode."""


def tokens(*texts: str | None) -> frozenset[str]:
    """The words of names, without case and accents."""
    plain = unicodedata.normalize("NFKD", " ".join(text for text in texts if text).translate(_STROKES))
    bare = "".join(char for char in plain if not unicodedata.combining(char)).casefold()
    return frozenset(re.findall(r"[^\W_]+", bare))


def alike(left: frozenset[str], right: frozenset[str]) -> bool:
    """Whether some word of one is one of the other, or begins it, or is written nearly so.

    Where both have words with digits, these must be the same: "Student 17" is not "Student 18".
    """
    numbered = [{word for word in words if any(char.isdigit() for char in word)} for words in (left, right)]
    if numbered[0] != numbered[1] and all(numbered):
        return False
    if left & right:
        return True
    return any(
        (len(short) > 2 and long.startswith(short)) or (len(short) > 3 and SequenceMatcher(None, a, b).ratio() >= 0.8)
        for a, b in product(left, right)
        for short, long in [sorted((a, b), key=len)]
    )


def shortened(left: frozenset[str], right: frozenset[str]) -> bool:
    """Whether some word of one is a short form of a word of the other."""
    return any(frozenset(pair) in _PAIRS for pair in product(left, right))


@lru_cache(maxsize=100_000)
def short_of(left: str, right: str) -> bool:
    """Whether two words may be one given name: one short for the other, or both short for a third.

    Wider than `shortened`: it has all of the dictionary `nicknames` (English, hand-curated), also names that sisters
    may bear side by side. It speaks for two being one, and decides nothing.
    """
    if left == right:
        return False
    mine, theirs = _forms(left), _forms(right)
    return left in theirs or right in mine or bool(_longs(left) & _longs(right))


def _forms(word: str) -> frozenset[str]:
    return frozenset(_namer().nicknames_of(word)) | _own(word)


def _longs(word: str) -> frozenset[str]:
    return frozenset(_namer().canonicals_of(word)) | _LONG.get(word, frozenset())


def _own(word: str) -> frozenset[str]:
    return frozenset(SHORT_FORMS.get(word, "").split())


@cache
def _namer() -> NickNamer:
    return NickNamer()
