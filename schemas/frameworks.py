"""Frameworks and competencies: CASE 1.1 CFDocument and CFItem, as far as evidence refers to them."""

from schemas.records import Record


class Framework(Record, frozen=True, tag="framework"):
    title: str
    uri: str | None = None
    creator: str | None = None
    framework_type: str | None = None


class Competency(Record, frozen=True, tag="competency"):
    statement: str
    framework: str | None = None
    code: str | None = None
    uri: str | None = None
    item_type: str | None = None
    mastery_points: float | None = None
