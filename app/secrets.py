"""The instance's key: encrypts what sources confide, and makes the service role's password."""

import base64
import hashlib
import hmac
import os
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr

from app.errors import ConfigError

KEY_BYTES = 32
KEY_FILE = "instance.key"


def same_secret(left: str, right: str) -> bool:
    """Whether two secrets are the same, in a time that tells nothing of them; whatever characters were sent."""
    return hmac.compare_digest(left.encode(errors="replace"), right.encode(errors="replace"))


class Vault:
    """AES-256-GCM under a key per purpose and tenant, derived from the instance's key."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ConfigError(f"the instance's key has {len(key)} bytes, and needs {KEY_BYTES}: see TESSERA_KEY")
        self._key = key

    def seal(self, tenant: int, plain: bytes) -> bytes:
        """Encrypt for a tenant."""
        nonce = os.urandom(12)
        return nonce + self._cipher(tenant).encrypt(nonce, plain, None)

    def open(self, tenant: int, sealed: bytes) -> bytes:
        """Decrypt for a tenant; ConfigError where it was sealed with another key or for another tenant."""
        try:
            return self._cipher(tenant).decrypt(sealed[:12], sealed[12:], None)
        except InvalidTag:
            raise ConfigError(
                "a secret cannot be opened with this instance's key: restore that key, or enter the secret again"
            ) from None

    def fingerprint(self) -> str:
        """What tells one key from another and nothing of either: it stands in the database whose secrets it seals."""
        return self._derive("fingerprint").hex()[:16]

    def text(self) -> str:
        """The key itself, as TESSERA_KEY and the key file want it."""
        return base64.b64encode(self._key).decode()

    def password(self) -> str:
        """The service role's database password."""
        return self._derive("service role").hex()

    def signing_key(self, purpose: str) -> bytes:
        """A key to sign with, for one purpose alone."""
        return self._derive(f"sign {purpose}")

    def _cipher(self, tenant: int) -> AESGCM:
        return AESGCM(self._derive(f"tenant {tenant}"))

    def _derive(self, purpose: str) -> bytes:
        return hmac.new(self._key, purpose.encode(), hashlib.sha256).digest()


def open_vault(key: SecretStr | None, folder: Path) -> Vault:
    """The vault of the key in the settings, or of the key file in the data folder, made at first use."""
    return read_vault(key, folder) or make_vault(folder)


def read_vault(key: SecretStr | None, folder: Path) -> Vault | None:
    """The vault of the key in the settings, or of the key file in the data folder; None where there is neither.

    An empty file counts as none: earlier releases left one where the disk was full at their first start.
    """
    if key is not None:
        return Vault(decoded(key.get_secret_value(), "TESSERA_KEY"))
    path = folder / KEY_FILE
    try:
        text = path.read_text().strip()
    except FileNotFoundError:
        return None
    except OSError as why:
        raise ConfigError(f"the instance's key {path} cannot be read: {why}") from why
    return Vault(decoded(text, str(path))) if text else None


def make_vault(folder: Path) -> Vault:
    """The vault of a new key, in the key file of the data folder (mode 0600); of another process's, if it was first."""
    key = new_key()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / KEY_FILE
        if path.exists() and not path.read_text().strip():
            path.unlink()
        with suppress(FileExistsError):
            write_key(path, key)
        return Vault(decoded(path.read_text(), str(path)))
    except OSError as why:
        raise ConfigError(
            f"the data folder {folder} cannot be written: {why} (make room, or choose another with TESSERA_DATA)"
        ) from why


def write_key(path: Path, key: str, *, replace: bool = False) -> None:
    """Write a key file whole or not at all: beside it first, to the disk, then under its name.

    FileExistsError where there is one, unless it is to be replaced.
    """
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(key.encode())
            file.flush()
            os.fsync(file.fileno())
        if replace:
            fresh.replace(path)
        else:
            os.link(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def new_key() -> str:
    """A new key as text, as TESSERA_KEY and the key file want it: base64 of 32 random bytes."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode()


def decoded(text: str, where: str) -> bytes:
    """A key of its text. ConfigError where it is none; `where` it came from is told, never what it is."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise ConfigError(f"{where} is not base64 of {KEY_BYTES} bytes") from None
