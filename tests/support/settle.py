"""What tests share of settle."""

from typing import Any


def pushed(key: str, number: str, **more: Any) -> dict[str, Any]:
    """What a vendor pushes."""
    learner = {"identifiers": [{"type": "district", "value": number}], **more.pop("learner", {})}
    return {"id": key, "learner": learner, "name": f"Unit {key}", "result": {"score": 8, "maximum": 10}, **more}
