"""What CASE 1.1 serves, as CASE 1.0 has it (IMS CASE Service 1.0, information model): no field that 1.1 has added."""

from typing import Any

from app.frameworks.case.shapes import Json
from app.frameworks.case.values import ASSOCIATION_TYPES

ADDED = frozenset({"frameworkType", "caseVersion", "extensions", "targetType"})
"""Fields that no object of 1.0 has."""
ADDED_TO_ITEMS = frozenset({"subject", "subjectURI"})
ASSOCIATIONS = frozenset(ASSOCIATION_TYPES) - {"isTranslationOf"}
"""The types of associations in 1.0; any other is a relation there."""


def as_1_0(value: Any) -> Any:
    """An object, or a list of them, and all that is in it."""
    if isinstance(value, list):
        return [as_1_0(part) for part in value]
    if not isinstance(value, dict):
        return value
    left_out = ADDED | _left_out(value)
    older = {name: as_1_0(inner) for name, inner in value.items() if name not in left_out}
    if "associationType" in older and older["associationType"] not in ASSOCIATIONS:
        older["associationType"] = "isRelatedTo"
    return older


def _left_out(value: Json) -> frozenset[str]:
    if "associationType" in value:
        return frozenset({"notes"})
    return ADDED_TO_ITEMS if "fullStatement" in value else frozenset()
