"""The LMS's deliberately wrong records."""

from typing import Any

LMS_FLAWS: dict[str, tuple[dict[str, Any], ...]] = {
    "users": (
        {"id": 8_000_001, "created_at": "2026-08-17T06:00:00Z", "sis_user_id": None, "login_id": "nameless"},
        {"id": None, "name": "Nora Noid", "sortable_name": "Noid, Nora", "short_name": "Nora", "login_id": "nnoid"},
    ),
    "enrollments": (
        {
            "id": 8_000_003,
            "user_id": 10_000,
            "course_id": 1001,
            "course_section_id": 100_101,
            "type": "WizardEnrollment",
            "role": "WizardEnrollment",
            "enrollment_state": "active",
            "created_at": "2026-08-17T06:00:00Z",
            "updated_at": "2026-08-17T06:00:00Z",
        },
    ),
}
"""An account without a name, one without an id, an enrollment of a kind Canvas does not know."""
