"""The JSON-LD contexts that are shipped or that the operator added, each pinned by its SHA-256: none is ever fetched.

The official JSON schemas lie beside them.
"""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

import schemas
from app.credentials import strict_json
from app.credentials.errors import ContextUnknown
from app.errors import ConfigError

FOLDER = Path(schemas.__file__).parent / "vendor"

SHIPPED = {
    "https://www.w3.org/2018/credentials/v1": (
        "credentials-v1",
        "ab4ddd9a531758807a79a5b450510d61ae8d147eab966cc9a200c07095b0cdcc",
    ),
    "https://www.w3.org/ns/credentials/v2": (
        "credentials-v2",
        "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734",
    ),
    "https://www.w3.org/ns/credentials/examples/v2": (
        "credentials-examples-v2",
        "57393fbc69d6efb9b9b5dc9cb6b9880b0944360abfe2eaf459c9e58cf2279d7c",
    ),
    "https://www.w3.org/ns/credentials/undefined-terms/v2": (
        "credentials-undefined-terms-v2",
        "82dab514ba44eb18f5d1b0f638c5e140c6a556fbfb5089601bdc0fa5eb8b2581",
    ),
    "https://www.w3.org/ns/credentials/status/v1": (
        "status-v1",
        "fda5add353231e6a6884a46b12e6c75464281900cb348284d9c360f62381d9f7",
    ),
    "https://w3id.org/vc/status-list/2021/v1": (
        "status-list-2021-v1",
        "6dd06a52bedb771e059c1083ba8ba7848dce22f6b4a8cfa0b98ba3fc188870e4",
    ),
    "https://www.w3.org/ns/did/v1": ("did-v1", "adefa50311393eb1bd788a38ac9fe2696c65367928f6996812cd54577394f4da"),
    "https://w3id.org/security/data-integrity/v1": (
        "data-integrity-v1",
        "b5d829bd09aa7c42abc6efa0c8ed7635313b5487f37ccfce3ecd149ca9418554",
    ),
    "https://w3id.org/security/data-integrity/v2": (
        "data-integrity-v2",
        "67f21e6e33a6c14e5ccfd2fc7865f7474fb71a04af7e94136cb399dfac8ae8f4",
    ),
    "https://w3id.org/security/multikey/v1": (
        "multikey-v1",
        "ba2c182de2d92f7e47184bcca8fcf0beaee6d3986c527bf664c195bbc7c58597",
    ),
    "https://w3id.org/security/jwk/v1": ("jwk-v1", "0f14b62f6071aafe00df265770ea0c7508e118247d79b7d861a406d2aa00bece"),
    "https://w3id.org/security/suites/ed25519-2020/v1": (
        "ed25519-2020-v1",
        "67646fbc0d6582ad7fbf08ccf0d3a4bedbb4177fd2d63385de52dc1b092ed6c5",
    ),
    "https://purl.imsglobal.org/spec/ob/v3p0/context.json": (
        "ob-3.0",
        "b077fa134d909d92c1dcd1c153f2af1b244aeb415967fdc1467d7fc5dd48ac10",
    ),
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json": (
        "ob-3.0.1",
        "cfc147db5fd5e3575b06bd471fe04784e92de69296f64a351b8dff0ec3372e9c",
    ),
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json": (
        "ob-3.0.2",
        "bba433989e1e700ca60838a3c22378e7d8381aeb0c9590f9ddf84d1714f10296",
    ),
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json": (
        "ob-3.0.3",
        "3d34f4d4ef1bce691106e63798beb5e7b862ba841423f5ee1e53ab7ddf3bca84",
    ),
    "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json": (
        "ob-extensions",
        "146f85aa16effd7ca1da8056eb443f53ce1eca8a34186cb062832c0a97d889c3",
    ),
    "https://purl.imsglobal.org/spec/clr/v2p0/context.json": (
        "clr-2.0",
        "e198d7b517d74c5036434ce495086f67b10244709e9a3df9dcb7f8b1579b6167",
    ),
    "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json": (
        "clr-2.0.1",
        "880f1902d4158f2f33ce06af41b90719977cd1ea337a9de2e41edb3ff5e543d6",
    ),
}
"""Address to file and SHA-256. A context that changes at its address is a new row here, reviewed, or it is refused."""


class Row(msgspec.Struct, frozen=True):
    """A context that the operator added: its file, and the SHA-256 of that."""

    file: str
    sha256: str


ADDED: dict[str, Any] = {}
"""Contexts that the operator added, by address (`add`)."""

CREDENTIALS_V1 = "https://www.w3.org/2018/credentials/v1"
CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
OPEN_BADGES_EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
CLR = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"


@cache
def _read(file: str, digest: str) -> Any:
    return json.loads(_bytes(file, digest))["@context"]


@cache
def _bytes(file: str, digest: str) -> bytes:
    content = (FOLDER / "contexts" / f"{file}.json").read_bytes()
    actual = hashlib.sha256(content).hexdigest()
    if actual != digest:
        raise ConfigError(f"schemas/vendor/contexts/{file}.json has the SHA-256 {actual}, not {digest}: install again")
    return content


def schema(file: str) -> Any:
    """A JSON schema that is shipped, by its place in schemas/vendor."""
    return json.loads((FOLDER / file).read_bytes())


def shipped(address: str) -> Any:
    """The context of this address, as published. ContextUnknown where it is neither shipped nor added."""
    if address in ADDED:
        return ADDED[address]
    if address not in SHIPPED:
        raise ContextUnknown(f"@context: '{address[:200]}' is not one of the {len(SHIPPED)} contexts known here")
    return _read(*SHIPPED[address])


def add(folder: Path | None) -> int:
    """Add the contexts of the operator's folder, if there is one; how many they are.

    Its `contexts.json` is an object from address to `{"file": …, "sha256": …}`. What is shipped stays as it is.
    ConfigError for a file that is not what the list says.
    """
    if folder is None:
        return 0
    try:
        rows = msgspec.json.decode((folder / "contexts.json").read_bytes(), type=dict[str, Row])
        added = {address: _added(folder, row) for address, row in rows.items() if address not in SHIPPED}
    except (OSError, msgspec.MsgspecError) as why:
        raise ConfigError(f"{folder}/contexts.json: {why}") from None
    ADDED.update(added)
    return len(added)


def _added(folder: Path, row: Row) -> Any:
    content = (folder / Path(row.file).name).read_bytes()
    if (actual := hashlib.sha256(content).hexdigest()) != row.sha256.lower():
        raise ConfigError(f"{folder}/{row.file} has the SHA-256 {actual}, not {row.sha256}: look at what changed in it")
    document = strict_json.load_object(content, row.file)
    if not isinstance(document.get("@context"), dict | list):
        raise ConfigError(f"{folder}/{row.file} is no JSON-LD context: it has no @context")
    return document["@context"]


def shipped_bytes(address: str) -> bytes | None:
    """The context document of this address, byte for byte; None where it is not shipped."""
    return _bytes(*SHIPPED[address]) if address in SHIPPED else None
