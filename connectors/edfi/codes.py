"""Ed-Fi descriptors, by the code after `#`, and what each is in canonical terms. Codes are compared in lower case.

Source: the descriptors that ship with Data Standard 4.0 and 5.0. A district may have its own: where a table has another
word for these, the mapping notes the code; where none will do, it is an error.
"""

from schemas.codes import IdentifierType, RoleName, ScoreStatus, SessionType

TERMS: dict[str, SessionType] = {
    "fall semester": "semester",
    "spring semester": "semester",
    "summer semester": "semester",
    "first trimester": "term",
    "second trimester": "term",
    "third trimester": "term",
    "first quarter": "term",
    "second quarter": "term",
    "third quarter": "term",
    "fourth quarter": "term",
    "quarter": "term",
    "mini term": "term",
    "year round": "schoolYear",
    "full year": "schoolYear",
    "other": "other",
}
GRADES: dict[str, str] = {
    "infant/toddler": "IT",
    "preschool/prekindergarten": "PK",
    "early education": "PR",
    "transitional kindergarten": "TK",
    "kindergarten": "KG",
    "first grade": "01",
    "second grade": "02",
    "third grade": "03",
    "fourth grade": "04",
    "fifth grade": "05",
    "sixth grade": "06",
    "seventh grade": "07",
    "eighth grade": "08",
    "ninth grade": "09",
    "tenth grade": "10",
    "eleventh grade": "11",
    "twelfth grade": "12",
    "grade 13": "13",
    "postsecondary": "PS",
    "adult education": "AE",
    "ungraded": "UG",
    "other": "Other",
}
"""Grade levels as CEDS has them."""
NOT_TESTED: dict[str, ScoreStatus] = {
    "alternate assessment administered": "exempt",
    "foreign exchange student waiver": "exempt",
    "lep exempt": "exempt",
    "lep postponement": "exempt",
    "medical waiver": "exempt",
    "not appropriate (ard decision)": "exempt",
    "not tested (ard decision)": "exempt",
    "parental waiver": "exempt",
    "previously passed the examination": "exempt",
}
"""Reasons not to be tested that excuse, by their code in lower case (Ed-Fi default ReasonNotTestedDescriptor)."""
SYSTEMS: dict[str, IdentifierType] = {
    "state": "state",
    "state migrant": "other",
    "district": "district",
    "local": "district",
    "school": "other",
    "federal": "other",
    "national migrant": "other",
    "family": "other",
    "professional certificate": "other",
    "medicaid": "other",
    "ssn": "other",
    "drivers license": "other",
    "health record": "other",
    "canadian sin": "other",
    "selective service": "other",
    "us visa": "other",
    "pin": "other",
    "other": "other",
}
"""Whose number an identification code is. `other` links nobody."""
SECRET = frozenset(
    {"ssn", "canadian sin", "drivers license", "medicaid", "health record", "selective service", "us visa"}
)
"""Systems whose numbers are not taken over at all."""
CLASSIFICATIONS: dict[str, RoleName] = {
    "teacher": "teacher",
    "substitute teacher": "teacher",
    "principal": "principal",
    "assistant principal": "siteAdministrator",
    "school administrator": "siteAdministrator",
    "school leader": "siteAdministrator",
    "superintendent": "districtAdministrator",
    "assistant superintendent": "districtAdministrator",
    "lea administrator": "districtAdministrator",
    "counselor": "counselor",
    "school counselor": "counselor",
    "instructional aide": "aide",
    "paraprofessional/teacher aide": "aide",
    "instructional coordinator": "coach",
    "lea system administrator": "systemAdministrator",
}
POSITIONS: dict[str, RoleName] = {
    "teacher of record": "teacher",
    "assistant teacher": "aide",
    "support teacher": "teacher",
    "substitute teacher": "teacher",
}
RELATIONS: dict[str, RoleName] = {
    "mother": "parent",
    "father": "parent",
    "parent": "parent",
    "mother, foster": "guardian",
    "father, foster": "guardian",
    "foster parent": "guardian",
    "stepmother": "parent",
    "stepfather": "parent",
    "mother, step": "parent",
    "father, step": "parent",
    "adoptive parents": "parent",
    "legal guardian": "guardian",
    "court appointed guardian": "guardian",
    "guardian": "guardian",
}
RACES: dict[str, str | None] = {
    "american indian - alaska native": "americanIndianOrAlaskaNative",
    "asian": "asian",
    "black - african american": "blackOrAfricanAmerican",
    "native hawaiian - pacific islander": "nativeHawaiianOrOtherPacificIslander",
    "white": "white",
    "choose not to respond": None,
    "other": None,
}
SEXES: dict[str, str] = {"male": "male", "female": "female", "not selected": "unspecified", "non-binary": "other"}
