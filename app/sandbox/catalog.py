"""What the sample district teaches: grades, subjects, courses, and the standards its mathematics is aligned to."""

from typing import NamedTuple

GRADES = ("KG", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12")
"""Grade levels as CEDS codes; a learner's grade is an index into this."""

FIRST_LMS_GRADE = 3
TOOL_GRADES = range(3, 9)
"""The grades that use the adaptive tool, as indices into `GRADES`."""


class Subject(NamedTuple):
    """A subject, with its SCED subject area code."""

    key: str
    name: str
    sced: str


SUBJECTS = (
    Subject("HR", "Homeroom", "22"),
    Subject("EL", "English Language Arts", "01"),
    Subject("MA", "Mathematics", "02"),
    Subject("SC", "Science", "03"),
    Subject("SS", "Social Studies", "04"),
    Subject("AR", "Art", "05"),
    Subject("MU", "Music", "05"),
    Subject("PE", "Physical Education", "08"),
)
HOMEROOM, ENGLISH, MATH, SCIENCE = range(4)
SPECIALS = frozenset({5, 6, 7})
GRADED = (ENGLISH, MATH, SCIENCE)
"""The subjects with line items in the SIS gradebook, as indices into `SUBJECTS`."""


class Standard(NamedTuple):
    """A Common Core mathematics standard: its CASE item identifier, its code, and what it is about in a few words."""

    guid: str
    code: str
    about: str


STANDARDS: tuple[tuple[Standard, Standard], ...] = (
    (
        Standard("a0586b74-c257-473c-98f3-8dd353d39bc5", "K.CC.B.4", "Numbers and quantities"),
        Standard("6f4455b5-5b42-40f3-b473-8dd9db3eaf40", "K.CC.B.5", "How many objects"),
    ),
    (
        Standard("2688e9d1-a3fa-4b68-9a3d-9e41a1071c0e", "1.OA.C.5", "Counting and adding"),
        Standard("6c33d2be-c1ac-431c-8fc4-bf9fd4dd3dca", "1.OA.C.6", "Adding and subtracting within 20"),
    ),
    (
        Standard("80071556-6b82-4bb3-a5a8-c464e961c2b4", "2.OA.B.2", "Fluency within 20"),
        Standard("c7ecd745-5b7d-46e8-9cf0-7eb8c0a2337a", "2.OA.C.3", "Odd and even"),
    ),
    (
        Standard("1f72443d-6ac4-49c7-b959-047522ed087b", "3.OA.A.1", "Products of whole numbers"),
        Standard("d9008c43-187e-44dd-a9b6-76ffeaa78311", "3.OA.A.2", "Quotients of whole numbers"),
    ),
    (
        Standard("1195e436-26bf-4a6b-8aa9-6af62afb4283", "4.NF.B.3", "Fractions as sums of unit fractions"),
        Standard("d7b0a4c8-9297-4e05-b378-9666b34f8c50", "4.NF.B.4", "Multiplying fractions by whole numbers"),
    ),
    (
        Standard("9fd14a29-7927-4e47-9f11-9295cb217668", "5.NF.A.1", "Adding fractions with unlike denominators"),
        Standard("cf873611-2a1d-48bd-bc83-1706077d69fb", "5.NF.A.2", "Word problems with fractions"),
    ),
    (
        Standard("0b6bd52c-0ea7-4590-992e-f4972fc805fa", "6.RP.A.1", "Ratios"),
        Standard("1f313537-a545-4542-8380-1e86987520fd", "6.RP.A.2", "Unit rates"),
    ),
    (
        Standard("6fc2501b-a58b-4695-979e-a68ac7e2c988", "7.RP.A.1", "Unit rates of fractions"),
        Standard("a57d2edf-9830-409c-b97d-9f8dbd6763dd", "7.RP.A.2", "Proportional relationships"),
    ),
    (
        Standard("7276b02f-0b00-4e88-9e63-55c98b8c1f62", "8.EE.C.7", "Linear equations in one variable"),
        Standard("6fc2501b-a58b-4695-979e-a68ac7e2c987", "8.EE.C.8", "Pairs of linear equations"),
    ),
    (
        Standard("52f1125e-7d4f-4cc8-afd2-bddb15bf256a", "HSA-REI.B.3", "Linear equations and inequalities"),
        Standard("87b0241d-e22d-4a18-943f-3bc6cbf5da82", "HSA-REI.B.4", "Quadratic equations"),
    ),
    (
        Standard("67fb2af6-552c-4cb0-af5e-cd83287a91aa", "HSG-SRT.C.6", "Trigonometric ratios"),
        Standard("6d58dd18-8975-46f4-8981-def131c2f802", "HSG-SRT.C.8", "Right triangles"),
    ),
    (
        Standard("02446062-0e62-4fb2-badc-665c38ac3981", "HSF-IF.A.1", "What a function is"),
        Standard("d30bed7d-477f-4d45-8d87-21a8418ce6e2", "HSF-IF.A.2", "Function notation"),
    ),
    (
        Standard("46f59354-fe39-466e-9b18-54014f8032e5", "HSS-ID.A.1", "Plots on the number line"),
        Standard("b1cbc0e9-1875-4e18-af38-8d2023e8589b", "HSS-ID.A.2", "Center and spread"),
    ),
)
"""Two mathematics standards for each grade, in the order of `GRADES`."""

CODE_PREFIX = "CCSS.Math.Content."
"""What stands before a standard's short code where it is written in full."""
_HIGH_MATH = {9: "Algebra I", 10: "Geometry", 11: "Algebra II", 12: "Statistics"}


def course_key(grade: int, subject: int) -> str:
    """The key, and the course code, of a subject in a grade: `MA-06`."""
    return f"{SUBJECTS[subject].key}-{GRADES[grade]}"


def course_title(grade: int, subject: int) -> str:
    """What the course is called: "Mathematics 6", "Algebra I", "Art K"."""
    if subject == MATH and grade in _HIGH_MATH:
        return _HIGH_MATH[grade]
    return f"{SUBJECTS[subject].name} {grade or 'K'}"
