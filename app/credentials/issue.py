"""Issue a credential: nothing is signed that others would refuse. Pure."""

from datetime import datetime
from typing import Any

from app.credentials import disclose, jwt, proof
from app.credentials.errors import DataRefused
from app.credentials.jsonld import canonize
from app.credentials.keys import SigningKey
from app.credentials.parts import mandatory
from app.credentials.verify import resources, schema, shape


def issue(document: dict[str, Any], key: SigningKey, created: datetime) -> dict[str, Any]:
    """The credential with an eddsa-rdfc-2022 proof. DataRefused where its form or its words would not do."""
    examine(document)
    return proof.sign(document, key, created)


def issue_selective(document: dict[str, Any], key: SigningKey, created: datetime) -> dict[str, Any]:
    """The credential with an ecdsa-sd-2023 proof, of which its holder shows parts. DataRefused as `issue`."""
    examine(document)
    return disclose.sign(document, key, created, mandatory(document))


def issue_token(document: dict[str, Any], key: SigningKey) -> str:
    """The credential as a compact JWS, EdDSA or RS256. DataRefused where its form or its words would not do."""
    examine(document)
    return sign_token(document, key)


def sign_token(document: dict[str, Any], key: SigningKey) -> str:
    """The credential as a compact JWS. DataRefused where its words are not defined, or say a thing under another name.

    A token would carry them, and whoever reads them could not know, or would not see, what they mean.
    """
    canonize(document)
    return jwt.sign(document, key)


def examine(document: dict[str, Any]) -> None:
    """Hold a document against the data model and the official schema. DataRefused names the first things wrong."""
    problems = [*shape.problems(document), *schema.problems(document), *resources.altered(document)]
    if problems:
        raise DataRefused(f"this credential would be refused elsewhere: {'; '.join(problems[:3])}")
