"""Badges that learners have designed, as the API writes them."""

from typing import Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.kit.wire_base import Time, Wire
from app.api.programs.wire_programs import Prose, Signer


class BadgeIdea(Wire):
    """A badge that a learner has designed."""

    id: UUID
    learner: UUID
    name: str
    criteria: str
    reason: str | None = None
    state: str = Field(description="proposed, approved or declined")
    feedback: str | None = None
    achievement: UUID | None = Field(None, description="what it became, once it is approved")
    at: Time


class IdeaList(Wire):
    """What waits for the district, the longest waiting first."""

    ideas: list[BadgeIdea]


class IdeaDecision(Wire):
    """What the district decides of a design."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "state": "declined",
                    "feedback": "It is near to the badge Line Follower.",
                    "by": {"name": "Robin Sample", "role": "reviewer"},
                }
            ]
        }
    )

    state: Literal["approved", "declined"]
    program: UUID | None = Field(None, description="whose badge it becomes")
    feedback: Prose | None = Field(None, description="why it becomes none")
    by: Signer
