"""The wire shapes of endorsements: what a second organization says of a program's achievement."""

import datetime as dt
from typing import Any
from uuid import UUID

from pydantic import ConfigDict

from app.api.issuing.wire_credentials import Prose
from app.api.kit.wire_base import Wire
from app.api.programs.wire_programs import Signer

EXAMPLE: dict[str, Any] = {
    "program": "5f7c2f0e-2a43-4a0c-9a57-2f0c6f1d2e33",
    "words": "Whoever has this can begin an internship with us.",
    "writer": {"name": "Kim Sample", "role": "head of training"},
}


class ProgramEndorsementBody(Wire):
    """What a second organization says of an achievement: an approved program, as whoever speaks for it says it."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    program: UUID
    words: Prose
    writer: Signer


class ProgramEndorsement(ProgramEndorsementBody):
    """An endorsement that stands."""

    id: UUID
    achievement: UUID
    program_name: str
    at: dt.datetime


class ProgramEndorsementList(Wire):
    """The endorsements of an achievement that stand, the oldest first."""

    endorsements: list[ProgramEndorsement]
