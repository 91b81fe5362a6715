"""The groups in which a learner record is read, in their order, and which of them a credential is of. Pure.

A page and a paper show them alike, whoever issued what is in them: by the standard's type of the achievement, by
credit, and by the tag that says that something is a project.
"""

from collections.abc import Iterable
from typing import Final, Literal, get_args

Group = Literal["Courses and credit", "Competencies", "Examinations", "Badges", "Projects and activities", "Coursework"]
GROUPS: Final[tuple[Group, ...]] = get_args(Group)
PROJECT: Final = "project"
"""The tag of an achievement that is a project."""
BY_TYPE: Final[dict[str, Group]] = {
    "Course": "Courses and credit",
    "Competency": "Competencies",
    "Assessment": "Examinations",
    "Assignment": "Coursework",
    "CoCurricular": "Projects and activities",
    "CommunityService": "Projects and activities",
    "Fieldwork": "Projects and activities",
}


def group_of(kind: str | None, tags: Iterable[str], *, credit: bool) -> Group:
    """The group of an achievement; what is of no other is a badge."""
    if credit:
        return "Courses and credit"
    if PROJECT in tags:
        return "Projects and activities"
    return BY_TYPE.get(kind or "", "Badges")
