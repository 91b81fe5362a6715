"""Why a credential is refused, as one tree.

CredentialError
├── Unreadable             these bytes hold no credential
├── Unsupported            a way to write or sign one that is not known here: nothing speaks against it
├── DataRefused            a term, value or context that could be read in two ways, or would go unsigned
│   ├── ToldTwice          one thing told in two places, of which the signature does not say what goes with what
│   └── ContextRefused     a context that cannot be read, or breaks a protected one
│       └── ContextUnknown a context that is not known here: what it defines cannot be checked
├── TooMuchWork            a document made to keep us busy
├── KeyRefused             a key or key identifier of the wrong kind or form
└── ProofRefused           a signature that does not hold, or a proof we must not trust
"""

from app.errors import TesseraError


class CredentialError(TesseraError):
    """A credential cannot be read, signed or trusted; the message says which part and why."""


class Unreadable(CredentialError):
    """The bytes are no credential, or an image holds none."""


class Unsupported(CredentialError):
    """It is written or signed in a way that is not known here. Nothing speaks against it; it cannot be checked."""


class DataRefused(CredentialError):
    """The document says something that a signature would not cover, or that two readers understand differently."""


class ToldTwice(DataRefused):
    """One thing is told in two places, of which readers look at one. Its issuer may mean it: it cannot be checked."""


class ContextRefused(DataRefused):
    """A JSON-LD context is unknown, has changed, or redefines what another one protects."""


class ContextUnknown(ContextRefused):
    """A JSON-LD context is not known here. Nothing speaks against the document; it cannot be checked."""


class TooMuchWork(CredentialError):
    """The document costs more work than any honest credential."""


class KeyRefused(CredentialError):
    """A key, or a key identifier, is malformed or of a kind that is not for this use."""


class ProofRefused(CredentialError):
    """The proof is malformed, unsupported, or the signature does not hold."""
