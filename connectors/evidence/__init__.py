"""Evidence that programs and vendors push: what a learner made or did, and what came of it."""

from connectors import Connector, SourceSettings, Stream
from connectors.evidence.files import parts
from connectors.evidence.mapping import evidence


class EvidenceSettings(SourceSettings):
    """A source of pushed evidence needs nothing but what every source can be told."""


connector = Connector(
    name="evidence",
    title="Evidence (pushed, or a list in a file)",
    settings=EvidenceSettings,
    streams=(Stream(name="evidence", key=("id",), map=evidence, version="updatedAt"),),
    tier="silver",
    rank=60,
    version=7,
    file=parts,
)
