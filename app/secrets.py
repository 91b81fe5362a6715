"""The instance's key: encrypts what sources confide, and makes the service role's password."""

import base64
import hashlib
import hmac
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr

from app.errors import ConfigError

KEY_BYTES = 32
KEY_FILE = "instance.key"


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
                "a source's secrets cannot be opened with this instance's key: restore that key, or enter them again"
            ) from None

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


def open_vault(given: SecretStr | None, folder: Path) -> Vault:
    """The vault of the key in the settings, or of the key file in the data folder, made at first use (mode 0600)."""
    if given is not None:
        return Vault(_decoded(given.get_secret_value(), "TESSERA_KEY"))
    path = folder / KEY_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(base64.b64encode(os.urandom(KEY_BYTES)))
    except FileExistsError:
        pass  # made by an earlier start: the usual case
    except OSError as why:
        raise ConfigError(
            f"the data folder {folder} cannot be written: {why} (choose another with TESSERA_DATA)"
        ) from why
    return Vault(_decoded(path.read_text(), str(path)))


def _decoded(text: str, where: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise ConfigError(f"{where} is not base64 of {KEY_BYTES} bytes") from None
