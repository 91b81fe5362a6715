"""Rotation of the instance's key: everything sealed is sealed anew, with nobody working meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass

from psycopg.conninfo import conninfo_to_dict

from app.db.server import key
from app.db.server.migrate import alone, service_role
from app.errors import ConfigError
from app.secrets import KEY_FILE, Vault, decoded, new_key, write_key
from app.settings import Settings
from app.start import NEXT_KEY_FILE, known_vault, owner_url


@dataclass(frozen=True, slots=True)
class Rotated:
    """How many values are sealed anew, and the new key's fingerprint."""

    count: int
    fingerprint: str


def rotate_key(settings: Settings, show: Callable[[str], None]) -> Rotated:
    """Seal everything with a new key. Where the key comes from TESSERA_KEY, `show` is given the new one first.

    ConfigError while the service runs: it would go on sealing with the old key.
    """
    with owner_url(settings) as owner, alone(owner) as connection:
        old = known_vault(settings, connection)
        if old is None or key.fingerprint(connection) is None:
            raise ConfigError("this instance has no key yet: it is made when 'tessera serve' starts for the first time")
        service_url = settings.service_database_url
        role = service_role(connection.info.dbname) if service_url is None else _user(service_url.get_secret_value())
        if working := key.users(connection, role):
            raise ConfigError(
                f"the service works on this database ({working} connections): stop every server and worker, then "
                "rotate the key"
            )
        text = new_key()
        new = Vault(decoded(text, "the new key"))
        path = settings.data / KEY_FILE
        if settings.key is None:
            write_key(path.with_name(NEXT_KEY_FILE), text, replace=True)
        else:
            show(text)
        count = key.rotate(connection, old, new, role if service_url is None else None)
        if settings.key is None:
            path.with_name(NEXT_KEY_FILE).replace(path)
        return Rotated(count, new.fingerprint())


def _user(url: str) -> str:
    return str(conninfo_to_dict(url).get("user", ""))


def key_fingerprint(settings: Settings) -> str | None:
    """The fingerprint of the key that the database belongs to; None where it has none yet."""
    with owner_url(settings) as owner, alone(owner) as connection:
        known_vault(settings, connection)
        return key.fingerprint(connection)
