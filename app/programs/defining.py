"""Defining a badge: what a program recognizes is written down, and a badge of others comes to who has them already."""

from datetime import datetime
from uuid import UUID

from app.db import Tx
from app.db.plans.plans import Signature
from app.programs import definitions, pathways
from app.programs.definitions import AchievementRow
from app.programs.rubric import Definition
from app.start import Service


async def define(tx: Tx, service: Service, program: UUID, definition: Definition, by: Signature, now: datetime) -> UUID:
    """A new achievement of a program; its id. Invalid where it makes no sense."""
    achievement = await definitions.define(tx, program, definition, by, now)
    if definition.parts:
        await pathways.settle(tx, service, now)
    return achievement


async def redefine(
    tx: Tx, service: Service, achievement: UUID, definition: Definition, by: Signature, now: datetime
) -> AchievementRow:
    """The next version of an achievement. Invalid where it makes no sense."""
    row = await definitions.redefine(tx, achievement, definition, by, now)
    if definition.parts:
        await pathways.settle(tx, service, now)
    return row
