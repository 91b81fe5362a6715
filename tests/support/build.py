"""What tests share of build."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from app.credentials import status
from app.credentials.model import (
    Achievement,
    Alignment,
    Association,
    Award,
    Evidence,
    Issuer,
    LearnerRecord,
    Level,
    Result,
    ResultDescription,
    Subject,
    hashed_email,
    pairwise,
)
from tests.support.credential_samples import CREATED, ISSUER

DISTRICT = Issuer(ISSUER, "Sample District", url="https://issuer.example", image="https://issuer.example/logo.png")


CASE = Alignment(
    "Fractions", "https://case.example/items/3.NF.1", code="3.NF.1", framework="Mathematics", type="CFItem"
)


RUBRIC = ResultDescription(
    "https://issuer.example/results/1",
    "Quality of reasoning",
    "RubricCriterionLevel",
    required_level="urn:uuid:b4b3c0f0-3f0e-4b69-9b8f-6f9df0a53c02",
    levels=(
        Level("urn:uuid:b4b3c0f0-3f0e-4b69-9b8f-6f9df0a53c01", "Emerging", level="1", points="1"),
        Level("urn:uuid:b4b3c0f0-3f0e-4b69-9b8f-6f9df0a53c02", "Mastered", level="2", points="2", alignments=(CASE,)),
    ),
)


GRADE = ResultDescription("https://issuer.example/results/2", "Grade", "LetterGrade", allowed=("D", "C", "B", "A"))


FRACTIONS = Achievement(
    "https://issuer.example/achievements/fractions",
    "Fractions",
    "Works with fractions.",
    criteria="Add and compare fractions.",
    type="Competency",
    creator=DISTRICT,
    alignments=(CASE,),
    results=(RUBRIC, GRADE),
    tags=("math", "grade 3"),
    credits=0.5,
    language="en",
)


ADA = Subject(pairwise(b"secret", ISSUER, "17"), (hashed_email("Ada.Sample@example.org", "salt"),))


LIST = "https://issuer.example/status/1"


AWARD = Award(
    "https://issuer.example/credentials/1",
    FRACTIONS,
    ADA,
    CREATED,
    valid_until=datetime(2030, 1, 1, tzinfo=UTC),
    awarded=CREATED,
    narrative="Explained it to the class.",
    results=(
        Result(RUBRIC.id, level=RUBRIC.levels[1].id, alignments=(CASE,)),
        Result(GRADE.id, value="A", status="Completed"),
    ),
    evidence=(Evidence("https://issuer.example/evidence/1", "Poster", narrative="A poster.", genre="Poster"),),
    credits=0.5,
    term="Fall",
    status=(status.bitstring_entry(LIST, 7, "revocation"),),
)


def record(*credentials: dict[str, Any]) -> LearnerRecord:
    course = replace(FRACTIONS, id="https://issuer.example/achievements/course", type="Course")
    return LearnerRecord(
        "https://issuer.example/records/1",
        "Learner record",
        ADA,
        CREATED,
        credentials,
        achievements=(FRACTIONS, course),
        associations=(Association("isPartOf", FRACTIONS.id, course.id),),
        partial=True,
    )
