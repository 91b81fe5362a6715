"""What learners are given in the adaptive tool and how far they got, in the words of Kolibri's API."""

from collections.abc import Iterator
from datetime import datetime

from app.sandbox import district as sample
from app.sandbox import year
from app.sandbox.catalog import CODE_PREFIX
from app.sandbox.chance import hex_id
from app.sandbox.tool.model import CHANNEL, CHANNEL_NAME, CONTENTS, FACILITY, Content, Room, Try
from app.sandbox.tool.records import ADMIN, Json, coach, group, group_id, learner

ROOT = hex_id("tool", "node", "root")


def moment(value: datetime | None) -> str | None:
    """A moment as Kolibri writes it."""
    return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if value else None


def lesson(room: Room) -> Json:
    """The lesson a classroom has: the exercises of its grade."""
    resources = [
        {"contentnode_id": c.node, "content_id": c.id, "channel_id": CHANNEL} for c in CONTENTS if c.grade == room.grade
    ]
    return {
        "id": hex_id("tool", "lesson", room.id),
        "title": "Mathematics, first unit",
        "description": "",
        "resources": resources,
        "collection": room.id,
        "created_by": ADMIN,
        "date_created": f"{year.BEGINS.isoformat()}T15:00:00.000000Z",
        "active": True,
        "classroom": {"id": room.id, "name": room.name, "parent": FACILITY},
        "assignments": [room.id],
        "learner_ids": [],
    }


def content_node(content: Content, position: int) -> Json:
    """A content node; an exercise carries its mastery criterion."""
    assessment = {
        "assessment_item_ids": list(content.items),
        "number_of_assessments": len(content.items),
        "mastery_model": content.criterion,
        "randomize": True,
        "is_manipulable": False,
        "contentnode": content.node,
    }
    node = {"id": content.node, "content_id": content.id, "title": content.title, "kind": content.kind}
    more = {"tags": [CODE_PREFIX + content.standard.code], "assessmentmetadata": assessment if content.items else None}
    return _node(ROOT, position) | node | more


def channel_root() -> Json:
    """The channel's topmost topic."""
    node = {"id": ROOT, "content_id": CHANNEL, "title": CHANNEL_NAME, "kind": "topic"}
    return _node(None, 0) | node | {"rght": 2 * len(CONTENTS) + 2}


def _node(parent: str | None, position: int) -> Json:
    lists = ("learning_activities", "grade_levels", "resource_types", "accessibility_labels", "learner_needs")
    nothing = ("description", "license_description", "license_name", "sort_order", "duration", "modality")
    return (
        {
            "author": "",
            "available": True,
            "channel_id": CHANNEL,
            "coach_content": False,
            "license_owner": "",
            "num_coach_contents": 0,
            "on_device_resources": 0,
            "options": {},
            "parent": parent,
            "lft": 2 * position + 1 if parent is None else 2 * position,
            "rght": 2 * position + 1,
            "tree_id": 1,
            "categories": [],
            "ancestors": [],
            "admin_imported": False,
            "assessmentmetadata": None,
            "tags": [],
            "files": [],
            "thumbnail": None,
            "lang": None,
            "is_leaf": parent is not None,
        }
        | dict.fromkeys(nothing)
        | {name: [] for name in lists}
    )


def mastery_log(item: Try) -> Json:
    """A try as the list of mastery logs has it: without saying whose it is, or at what."""
    return {
        "id": item.id("mastery"),
        "mastery_criterion": item.content.criterion,
        "start_timestamp": moment(item.began),
        "end_timestamp": moment(item.ended),
        "completion_timestamp": moment(item.ended) if item.complete else None,
        "complete": item.complete,
        "time_spent": 60.0 * len(item.answers),
        "correct": sum(item.answers),
    }


def attempt_logs(item: Try) -> Iterator[Json]:
    """A try answer by answer."""
    for n, right in enumerate(item.answers):
        began = item.began.replace(second=n)
        yield {
            "id": item.id(f"attempt {n}"),
            "item": item.content.items[n],
            "start_timestamp": moment(began),
            "end_timestamp": moment(began),
            "completion_timestamp": moment(began),
            "time_spent": 60.0,
            "complete": True,
            "correct": float(right),
            "hinted": False,
            "answer": {},
            "simple_answer": "",
            "interaction_history": [],
            "user": item.account.account.id,
            "error": False,
            "masterylog": item.id("mastery"),
            "sessionlog": item.id("session"),
        }


SUMMARY_COLUMNS = (
    "Facility name",
    "Username",
    "User type",
    "Channel id",
    "Channel name",
    "Content id",
    "Content title",
    "Time of first interaction",
    "Time of last interaction",
    "Time of completion",
    "Time Spent (sec)",
    "Progress (0-1)",
    "Content kind",
)


def summary_row(item: Try) -> tuple[str, ...]:
    """A try as a row of the summary export, which knows learners by username."""
    written = "%Y-%m-%d %H:%M:%S.%f+00:00"
    began, ended = item.began.strftime(written), item.ended.strftime(written)
    seconds = (item.ended - item.began).total_seconds()
    return (
        sample.NAME,
        item.account.account.username,
        "Learner",
        CHANNEL,
        CHANNEL_NAME,
        item.content.id,
        item.content.title,
        began,
        ended,
        ended if item.complete else "",
        str(seconds),
        f"{item.progress:.4f}",
        item.content.kind,
    )


def exam(room: Room) -> Json:
    """The quiz a classroom has been given, and has not taken yet."""
    exercises = [c for c in CONTENTS if c.grade == room.grade and c.kind == "exercise"]
    questions = [
        {"exercise_id": c.node, "question_id": c.items[0], "title": c.title, "counter_in_exercise": 1}
        for c in exercises
    ]
    return {
        "id": hex_id("tool", "exam", room.id),
        "title": "Unit quiz",
        "question_count": len(questions),
        "question_sources": [{"section_id": hex_id("tool", "section", room.id), "questions": questions}],
        "seed": 1,
        "active": False,
        "collection": room.id,
        "archive": False,
        "assignments": [room.id],
        "learners_see_fixed_order": False,
        "instant_report_visibility": True,
        "learner_ids": [],
        "creator": ADMIN,
        "data_model_version": 3,
        "date_archived": None,
        "date_activated": None,
        "date_created": f"{year.DAY_ONE.isoformat()}T15:00:00.000000Z",
        "draft": False,
    }


def summary(room: Room, tries: list[Try]) -> Json:
    """What a coach sees of a classroom: its learners, its lesson, and how far each got with what is in it."""
    contents = [c for c in CONTENTS if c.grade == room.grade]
    return {
        "id": room.id,
        "facility_id": FACILITY,
        "picture_password_settings": None,
        "name": room.name,
        "coaches": [_listed(coach(staff, ())) for staff in room.coaches],
        "learners": [_listed(learner(member)) for member in room.members],
        "groups": [{"id": group_id(room), "name": "Extra practice", "member_ids": group(room)["user_ids"]}],
        "adhoclearners": [],
        "exams": [],
        "exam_learner_status": [],
        "content": [
            {"available": True, "content_id": c.id, "title": c.title, "kind": c.kind, "channel_id": CHANNEL}
            | {"options": {}, "node_id": c.node}
            for c in contents
        ],
        "content_learner_status": [
            {
                "learner_id": item.account.account.id,
                "content_id": item.content.id,
                "status": "Completed" if item.complete else "Started",
                "last_activity": moment(item.ended),
                "time_spent": (item.ended - item.began).total_seconds(),
                "tries": 1,
            }
            for item in tries
        ],
        "lessons": [lesson(room) | {"node_ids": [c.node for c in contents], "groups": [], "missing_resource": False}],
    }


def _listed(person: Json) -> Json:
    return {"id": person["id"], "username": person["username"], "picture_password": None, "name": person["full_name"]}
