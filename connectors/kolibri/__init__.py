"""Kolibri (Learning Equality): an offline-first learning platform with mastery-based exercises."""

from functools import partial

from connectors import Absence, Connector
from connectors import Listing as AnyListing
from connectors.kolibri import client, logs, mapping
from connectors.kolibri.client import KolibriSettings

Listing = partial(AnyListing, rights=client.RIGHTS)
"""A stream of what an administrator of the facility sees: a coach sees the own classes alone."""

connector = Connector(
    name="kolibri",
    title="Kolibri",
    settings=KolibriSettings,
    tier="gold",
    rank=60,
    version=4,
    client=client.client,
    check=client.check,
    streams=(
        Listing(
            "facilities",
            map=mapping.facility,
            absence=Absence.UNLISTED,
            pull=client.listed(client.FACILITIES),
            ignore=frozenset(
                {
                    "num_users",
                    "num_classrooms",
                    "num_learners",
                    "last_successful_sync",
                    "last_failed_sync",
                    "picture_passwords_exhausted",
                }
            ),
        ),
        Listing(
            "accounts",
            map=mapping.account,
            absence=Absence.LEFT,
            pull=client.accounts,
            ignore=frozenset({"gender", "extra_demographics", "date_joined", "picture_password"}),
        ),
        Listing(
            "classrooms",
            map=mapping.classroom,
            absence={"class": Absence.UNLISTED, "enrollment": Absence.ENDED},
            pull=client.listed(client.CLASSROOMS),
            ignore=frozenset({"learner_count"}),
        ),
        Listing(
            "groups",
            map=mapping.learner_group,
            absence=Absence.UNLISTED,
            pull=client.listed(client.GROUPS),
            ignore=frozenset({"user_ids"}),
        ),
        Listing("memberships", map=mapping.membership, absence=Absence.ENDED, pull=client.memberships),
        Listing(
            "lessons",
            map=mapping.lesson,
            absence=Absence.UNLISTED,
            pull=client.listed(client.LESSONS),
            ignore=frozenset({"resources", "created_by", "active", "classroom", "assignments", "learner_ids"}),
        ),
        Listing(
            "exams",
            map=mapping.exam,
            absence=Absence.UNLISTED,
            pull=client.listed(client.EXAMS),
            ignore=frozenset(
                {
                    "question_sources",
                    "seed",
                    "creator",
                    "data_model_version",
                    "learners_see_fixed_order",
                    "instant_report_visibility",
                    "date_created",
                    "assignments",
                    "learner_ids",
                    "active",
                    "archive",
                    "date_archived",
                }
            ),
        ),
        Listing(
            "content",
            map=mapping.content_node,
            absence=Absence.UNLISTED,
            pull=client.content,
            ignore=frozenset(
                {
                    "id",
                    "author",
                    "available",
                    "channel_id",
                    "coach_content",
                    "license_description",
                    "license_name",
                    "license_owner",
                    "num_coach_contents",
                    "on_device_resources",
                    "options",
                    "parent",
                    "sort_order",
                    "lft",
                    "rght",
                    "tree_id",
                    "learning_activities",
                    "grade_levels",
                    "resource_types",
                    "accessibility_labels",
                    "learner_needs",
                    "categories",
                    "duration",
                    "ancestors",
                    "modality",
                    "admin_imported",
                    "assessmentmetadata",
                    "files",
                    "thumbnail",
                    "lang",
                    "is_leaf",
                }
            ),
        ),
        Listing(
            "summary_logs",
            key=("user", "Content id"),
            map=mapping.summary_log,
            absence=Absence.UNLISTED,
            pull=logs.summary_logs,
            ignore=frozenset(
                {
                    "Facility name",
                    "Username",
                    "User type",
                    "Channel id",
                    "Channel name",
                    "Time of first interaction",
                    "Time Spent (sec)",
                }
            ),
        ),
        Listing("mastery_logs", map=mapping.mastery_log, absence=Absence.UNLISTED, pull=logs.mastery_logs),
    ),
)

__all__ = ["KolibriSettings", "connector"]
