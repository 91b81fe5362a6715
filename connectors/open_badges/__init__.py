"""Open Badges 2.0 and 3.0 that programs push: kept as they came, parsed, and marked unverified until checked."""

from connectors import Connector, SourceSettings, Stream
from connectors.open_badges.mapping import credential


class OpenBadgesSettings(SourceSettings):
    """A source of pushed badges needs nothing but what every source can be told."""


connector = Connector(
    name="open_badges",
    title="Open Badges 2.0 and 3.0 (pushed)",
    settings=OpenBadgesSettings,
    streams=(Stream(name="credentials", key=("id",), map=credential, version="updatedAt"),),
    tier="silver",
    rank=50,
    version=4,
    setting="after-school",
)
