"""The deliberately wrong records of the fake SIS, so that quarantine has something to show."""

from typing import Any

Json = dict[str, Any]


def _head(key: str) -> Json:
    return {"sourcedId": key, "status": "active", "dateLastModified": "2026-08-17T06:00:00.000Z"}


def _ref(kind: str, key: str) -> Json:
    return {"href": f"https://sis.example/{kind}/{key}", "sourcedId": key, "type": kind}


_AT_SCHOOL = _ref("org", "sch-e01")
SIS_FLAWS: dict[str, tuple[Json, ...]] = {
    "users": (
        _head("usr-flaw-role")
        | {"enabledUser": "true", "givenName": "Rolf", "familyName": "Unknownrole"}
        | {"roles": [{"roleType": "primary", "role": "wizard", "org": _AT_SCHOOL}]},
        _head("usr-flaw-name")
        | {"enabledUser": "true", "username": "nameless"}
        | {"roles": [{"roleType": "primary", "role": "student", "org": _AT_SCHOOL}]},
    ),
    "enrollments": (
        _head("enr-flaw-class")
        | {"user": _ref("user", "stu-1000000"), "school": _AT_SCHOOL, "role": "student", "primary": "false"},
    ),
    "results": (
        _head("res-flaw-status")
        | {"lineItem": _ref("lineItem", "li-e01-MA-KG-1-1"), "student": _ref("user", "stu-1000000")}
        | {"scoreStatus": "kind of graded", "score": 5.0, "scoreDate": "2026-09-11"},
        _head("res-flaw-score")
        | {"lineItem": _ref("lineItem", "li-e01-MA-KG-1-1"), "student": _ref("user", "stu-1000000")}
        | {"scoreStatus": "fully graded", "score": "ninety", "scoreDate": "2026-09-11"},
    ),
}
"""By OneRoster collection: an unknown role, no name, no class, an unknown status, a score in words."""
