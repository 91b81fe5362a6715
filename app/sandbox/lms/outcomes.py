"""The sample district's learning outcomes in the words of the Canvas REST API, and the results against them."""

from app.sandbox.catalog import CODE_PREFIX, GRADES
from app.sandbox.lms import records
from app.sandbox.lms.model import MASTERY_POINTS, POSSIBLE_POINTS, Assignment, Outcome, Submission
from app.sandbox.lms.records import Json


def outcome_group(number: int | None, context: str) -> Json:
    """An outcome group: the root (None), or that of a grade by its index."""
    id_ = 1 if number is None else 100 + number
    url = f"/api/v1/{context}/outcome_groups/{id_}"
    record: Json = {
        "id": id_,
        "url": url,
        "parent_outcome_group": None if number is None else _group_link(1, "ROOT", context),
        "context_id": records.ACCOUNT,
        "context_type": "Account",
        "title": "ROOT" if number is None else f"Mathematics, grade {GRADES[number]}",
        "description": None,
        "vendor_guid": None,
        "subgroups_url": f"{url}/subgroups",
        "outcomes_url": f"{url}/outcomes",
        "import_url": f"{url}/import",
        "can_edit": True,
    }
    return record


def _group_link(id_: int, title: str, context: str) -> Json:
    url = f"/api/v1/{context}/outcome_groups/{id_}"
    return {
        "id": id_,
        "title": title,
        "vendor_guid": None,
        "url": url,
        "subgroups_url": f"{url}/subgroups",
        "outcomes_url": f"{url}/outcomes",
        "can_edit": True,
    }


def outcome_link(item: Outcome, context: str, *, full: bool) -> Json:
    """An outcome's place in a group."""
    title = f"Mathematics, grade {GRADES[item.group - 100]}"
    short = ("id", "context_id", "context_type", "vendor_guid", "display_name", "title", "url", "can_edit")
    kind, _, id_ = context.partition("/")
    return {
        "context_id": int(id_),
        "context_type": kind.capitalize()[:-1],
        "url": f"/api/v1/{context}/outcome_groups/{item.group}/outcomes/{item.id}",
        "outcome_group": _group_link(item.group, title, context),
        "outcome": {name: value for name, value in outcome(item).items() if full or name in short},
        "can_unlink": True,
        "assessed": True,
    }


def outcome(item: Outcome) -> Json:
    """A learning outcome; `vendor_guid` is its standard's CASE identifier."""
    return {
        "id": item.id,
        "url": f"/api/v1/outcomes/{item.id}",
        "context_id": records.ACCOUNT,
        "context_type": "Account",
        "title": CODE_PREFIX + item.standard.code,
        "display_name": item.standard.about,
        "friendly_description": None,
        "description": f"<p>{item.standard.about}</p>",
        "vendor_guid": item.standard.guid,
        "points_possible": POSSIBLE_POINTS,
        "mastery_points": MASTERY_POINTS,
        "calculation_method": "decaying_average",
        "calculation_int": 65,
        "ratings": records.ratings(),
        "can_edit": True,
        "can_unlink": False,
        "assessed": True,
        "has_updateable_rubrics": False,
    }


def outcome_result(item: Submission) -> Json:
    """A result against an outcome. The ids in `links` are strings, as Canvas has them."""
    assert item.assignment.outcome
    assert item.rating is not None
    on = item.submitted or item.assignment.due
    return {
        "id": item.id,
        "mastery": item.rating >= MASTERY_POINTS,
        "score": item.rating,
        "possible": POSSIBLE_POINTS,
        "percent": item.rating / POSSIBLE_POINTS,
        "hide_points": False,
        "hidden": False,
        "submitted_or_assessed_at": records.moment(on, 22),
        "links": {
            "user": str(item.account.id),
            "learning_outcome": str(item.assignment.outcome.id),
            "alignment": f"assignment_{item.assignment.id}",
        },
    }


def alignment(item: Assignment) -> Json:
    """What an outcome result came from."""
    url = f"/courses/{item.course.id}/assignments/{item.id}"
    return {"id": f"assignment_{item.id}", "name": item.name, "html_url": url}
