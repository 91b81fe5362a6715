"""A small SFTP server of the project's own, on loopback: one user, one key, one folder."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncssh


@dataclass(frozen=True, slots=True)
class SftpServer:
    """Where it listens, the user's private key, and a file of known hosts that trusts it."""

    port: int
    key: Path
    known_hosts: Path

    @property
    def address(self) -> str:
        return f"sftp://vendor@127.0.0.1:{self.port}/drop"


class _Door(asyncssh.SSHServer):
    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("vendor", "right")


@asynccontextmanager
async def sftp_server(folder: Path, keys: Path) -> AsyncIterator[SftpServer]:
    """Serve a folder until the end of the `with`; its keys are made in another."""
    host, user = asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ssh-ed25519")
    user.write_private_key(str(keys / "user"))
    (keys / "authorized").write_bytes(user.export_public_key())
    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=_Door,
        server_host_keys=[host],
        authorized_client_keys=str(keys / "authorized"),
        sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(folder).encode()),
    )
    port = server.get_port()
    (keys / "known_hosts").write_bytes(f"[127.0.0.1]:{port} ".encode() + host.export_public_key())
    try:
        yield SftpServer(port, keys / "user", keys / "known_hosts")
    finally:
        server.close()
        await server.wait_closed()
