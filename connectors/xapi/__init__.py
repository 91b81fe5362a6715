"""xAPI (1.0.3 and 2.0): statements that a tool or a learning record store pushes, as far as they tell of learning."""

from pydantic import Field

from connectors import Connector, SourceSettings, Stream
from connectors.xapi.mapping import statements
from connectors.xapi.verbs import Meaning
from schemas.codes import IdentifierType


class XapiSettings(SourceSettings):
    """What a source of xAPI statements can be told."""

    homes: dict[str, IdentifierType] = Field(
        default_factory=dict,
        description="account homePage to what its names are: {'https://sis.example.org': 'district'}",
    )
    verbs: dict[str, Meaning] = Field(
        default_factory=dict, description="what verbs of your own mean: {'https://tool.example.org/verbs/aced': 'met'}"
    )


def _streams(settings: XapiSettings) -> tuple[Stream, ...]:
    return (Stream(name="statements", key=("id",), map=statements(settings.homes, settings.verbs), voids=True),)


connector = Connector(
    name="xapi",
    title="xAPI statements (pushed)",
    settings=XapiSettings,
    streams=_streams(XapiSettings()),
    more_streams=_streams,
    tier="silver",
    rank=60,
    version=5,
)

__all__ = ["XapiSettings", "connector"]
