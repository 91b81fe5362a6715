"""What tests share of frameworks."""

from typing import Any

PROFILE: dict[str, Any] = {
    "title": "Portrait of a Graduate",
    "creator": "Sample District",
    "type": "ext:graduateProfile",
    "items": [
        {"code": "C", "statement": "Communicator"},
        {"code": "C.1", "statement": "Explains an idea to others", "parent": "C", "alignedTo": "M.1"},
        {"code": "C.2", "statement": "Listens", "parent": "C", "sensitivity": "sel", "after": ["C.1"]},
    ],
    "levels": [
        {
            "rubric": "Talk",
            "criterion": "Clarity",
            "level": "Clear",
            "score": 3,
            "description": "All can follow",
            "competency": "C.1",
        },
        {"rubric": "Talk", "criterion": "Clarity", "level": "Unclear", "score": 1},
    ],
}
