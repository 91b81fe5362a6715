"""The people and classrooms of the sample district in the words of Kolibri's API."""

from collections.abc import Iterable, Iterator
from typing import Any

from app.sandbox import district as sample
from app.sandbox.chance import hex_id
from app.sandbox.people import Staff
from app.sandbox.tool.model import FACILITY, Account, Room

Json = dict[str, Any]

JOINED = "2026-08-17T06:00:00.000000Z"
ADMIN = hex_id("tool", "account", "admin")


def facility(accounts: int, rooms: int) -> Json:
    """The one facility, with the number of its accounts and classrooms."""
    dataset = {
        "id": hex_id("tool", "dataset"),
        "learner_can_edit_username": False,
        "learner_can_edit_name": False,
        "learner_can_edit_password": False,
        "learner_can_sign_up": False,
        "learner_can_delete_account": False,
        "learner_can_login_with_no_password": True,
        "show_download_button_in_learn": False,
        "extra_fields": {"facility": {}, "on_my_own_setup": False, "pin_code": ""},
        "picture_password_settings": None,
        "description": "",
        "location": "",
        "registered": False,
        "preset": "formal",
    }
    return {
        "id": FACILITY,
        "name": sample.NAME,
        "num_users": accounts,
        "num_classrooms": rooms,
        "last_successful_sync": None,
        "last_failed_sync": None,
        "num_learners": accounts,
        "picture_passwords_exhausted": False,
        "dataset": dataset,
    }


def public_facility() -> Json:
    """What anyone may see of the facility."""
    return {
        "id": FACILITY,
        "dataset": hex_id("tool", "dataset"),
        "name": sample.NAME,
        "learner_can_login_with_no_password": True,
        "learner_can_sign_up": False,
        "on_my_own_setup": False,
        "picture_password_settings": None,
    }


def _person(id_: str, username: str, full_name: str, *, superuser: bool = False) -> Json:
    return {
        "id": id_,
        "username": username,
        "full_name": full_name,
        "facility": FACILITY,
        "id_number": "",
        "gender": "",
        "birth_year": "",
        "extra_demographics": None,
        "date_joined": JOINED,
        "picture_password": None,
        "is_superuser": superuser,
        "roles": [],
    }


def admin() -> Json:
    """The administrator's account."""
    role = {"collection": FACILITY, "kind": "admin", "id": hex_id("tool", "role", "admin")}
    return _person(ADMIN, "admin", "Sandbox Administrator", superuser=True) | {"roles": [role]}


def coach_id(staff: Staff) -> str:
    """The id of a coach's account."""
    return hex_id("tool", "account", staff.key)


def coach(staff: Staff, rooms: Iterable[Room]) -> Json:
    """A coach's account, with the classrooms it has."""
    kinds = [(FACILITY, "classroom assignable coach")] + [(room.id, "coach") for room in rooms]
    roles = [
        {"collection": collection, "kind": kind, "id": hex_id("tool", "role", staff.key, collection)}
        for collection, kind in kinds
    ]
    username = staff.email.partition("@")[0]
    return _person(coach_id(staff), username, f"{staff.given} {staff.family}") | {"roles": roles}


def learner(item: Account) -> Json:
    """A learner's account."""
    account = item.account
    person = _person(account.id, account.username, account.full_name)
    return person | {"id_number": account.number, "birth_year": str(account.birth_year), "gender": "NOT_SPECIFIED"}


def deleted(item: Account) -> Json:
    """The account of a learner who left."""
    assert item.learner.left
    return learner(item) | {"date_deleted": f"{item.learner.left.isoformat()}T20:00:00.000000Z"}


def classroom(room: Room) -> Json:
    """A classroom with its coaches."""
    return {
        "id": room.id,
        "name": room.name,
        "parent": FACILITY,
        "learner_count": len(room.members),
        "coaches": [
            {
                "id": coach_id(staff),
                "facility": FACILITY,
                "is_superuser": False,
                "full_name": f"{staff.given} {staff.family}",
                "username": staff.email.partition("@")[0],
                "roles": [],
            }
            for staff in room.coaches
        ],
    }


def group_id(room: Room) -> str:
    """The id of a classroom's one learner group."""
    return hex_id("tool", "group", room.id)


def grouped(room: Room) -> list[Account]:
    """The members of a classroom's group: every fifth of the classroom's."""
    return [member for member in room.members if member.learner.index % 5 == 0]


def group(room: Room) -> Json:
    """A classroom's learner group."""
    members = [member.account.id for member in grouped(room)]
    return {"id": group_id(room), "name": "Extra practice", "parent": room.id, "user_ids": members}


def memberships(room: Room) -> Iterator[Json]:
    """Who is in a classroom, and in its group."""
    for collection, members in ((room.id, room.members), (group_id(room), grouped(room))):
        for member in members:
            key = hex_id("tool", "membership", collection, member.account.id)
            yield {"id": key, "collection": collection, "user": member.account.id}
