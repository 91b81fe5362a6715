"""What is within reach of each school: for the district, to see where there is no program.

Pure.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from app.programs.offers import Offer, reaches

Offered = tuple[Offer, Collection[str]]
"""An offer, and the schools that its program serves."""


@dataclass(frozen=True, slots=True)
class Reach:
    """A school, and how much its learners can take part in: offers, those that are free, those that bring one there.

    `online` ones count apart: they are everywhere, and no place to go to.
    """

    school: str
    offers: int
    free: int
    with_transport: int
    online: int

    @property
    def none(self) -> bool:
        """Whether there is no program within reach."""
        return self.offers == 0


def within_reach(schools: Iterable[str], offers: Sequence[Offered]) -> list[Reach]:
    """What is within reach of each school, those with the least first."""
    rows = []
    for school in dict.fromkeys(schools):
        near = [offer for offer, served in offers if not offer.online and reaches(offer, served, school)]
        rows.append(
            Reach(
                school,
                len(near),
                sum(1 for offer in near if not offer.cost),
                sum(1 for offer in near if offer.transport),
                sum(1 for offer, _ in offers if offer.online),
            )
        )
    return sorted(rows, key=lambda row: (row.offers, row.free, row.school))


def unplaced(offers: Sequence[Offered]) -> list[Offer]:
    """What says of no school that its learners get there: it counts nowhere until it does."""
    return [offer for offer, served in offers if not offer.online and not offer.reach and not served]
