"""What can go wrong on the way from a source to a record.

TesseraError
├── ConfigError            stop; the operator must act
├── SourceError            the source, not us
│   ├── Unavailable        retry later
│   ├── RateLimited        retry at .after
│   ├── SourceDenied       pause the source: its credentials must be mended
│   │   └── RightsLacking  this stream alone is refused: the others go on, and the run says which right lacks
│   └── DeltaRefused       the source will not tell what changed: pull everything
└── MappingError           quarantine this record, go on

Every message names the thing, the value and the next step.
"""


class TesseraError(Exception):
    """The root of what Tessera raises on purpose."""


class ConfigError(TesseraError):
    """A setting is wrong or missing: nothing goes on until the operator acts."""


class SourceError(TesseraError):
    """A source did not do its part. Nothing was changed."""


class Unavailable(SourceError):
    """The source is down, slow, or talks nonsense: the next run tries again."""


class RateLimited(SourceError):
    """The source asks to wait. `after` is in seconds."""

    def __init__(self, message: str, after: float) -> None:
        super().__init__(message)
        self.after = after


class SourceDenied(SourceError):
    """The source refuses our credentials or our rights: the source is paused until a person mends it."""


class RightsLacking(SourceDenied):
    """The source knows us, and refuses what was asked for: that costs the stream, and the source only if all do."""


class DeltaRefused(SourceError):
    """The source refuses to filter by change time: the runner starts over with a full pull."""


class MappingError(TesseraError):
    """One record cannot be mapped. It goes to quarantine with this message, and the others go on."""
