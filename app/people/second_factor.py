"""The second factor: time-based codes of an app (TOTP, RFC 6238), and recovery codes that replace one once each."""

import hashlib
import secrets
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pyotp

from app.db import Tx
from app.db.people import accounts, passkeys, sessions
from app.db.people.accounts import AccountRow
from app.errors import Conflict, Invalid
from app.people.codes import ALPHABET
from app.secrets import Vault

STEP = 30
"""Seconds for which a code is good; the one before and the one after are taken too, for clocks that are not right."""
RECOVERY = 8


@dataclass(frozen=True, slots=True)
class Offered:
    """A secret to be put into an app: `uri` is for its camera, `text` for typing."""

    text: str
    uri: str


async def offer(tx: Tx, vault: Vault, row: AccountRow, issuer: str) -> Offered:
    """A new secret for an account; it counts once a code of it was shown. Conflict where there is one that counts."""
    if row.second_at is not None:
        raise Conflict("This account has a second factor already: take it away first.")
    secret = vault.open(tx.tenant, row.sealed_second).decode() if row.sealed_second else pyotp.random_base32()
    if not row.sealed_second:
        await accounts.change(tx, replace(row, sealed_second=vault.seal(tx.tenant, secret.encode())))
    return Offered(secret, pyotp.TOTP(secret).provisioning_uri(name=row.login, issuer_name=issuer))


async def confirm(tx: Tx, vault: Vault, row: AccountRow, code: str) -> list[str]:
    """Have the second factor count from now on; its recovery codes, told this once. Invalid for a wrong code."""
    if row.sealed_second is None or row.second_at is not None or not await _right(tx, vault, row, code):
        raise Invalid(
            "This code is not right. Type the six digits that the app shows now.", pointers={"/code": "wrong"}
        )
    recovery_codes = ["".join(secrets.choice(ALPHABET) for _ in range(10)) for _ in range(RECOVERY)]
    changed = await accounts.by_id(tx, row.id)
    assert changed is not None
    await accounts.change(
        tx, replace(changed, second_at=datetime.now(UTC), recovery=[_hash(code) for code in recovery_codes])
    )
    return recovery_codes


async def passes(tx: Tx, vault: Vault, row: AccountRow, code: str) -> bool:
    """Whether a code of the app, or one for recovery, is right; it is used up."""
    if await _right(tx, vault, row, code):
        return True
    return await accounts.take_recovery(tx, row.id, _hash(code))


async def check(tx: Tx, vault: Vault, row: AccountRow, code: str) -> None:
    """Ask an account that has a second factor for it, also where a link stands for its password. Invalid if wrong.

    A link is handed on, or read over a shoulder: it replaces what was forgotten, and never what its owner carries.
    """
    if row.second_at is not None and not await passes(tx, vault, row, code):
        raise Invalid(
            "The code is not right. Type the six digits that your app shows now, or a recovery code. Without either, "
            "ask the district's administrator.",
            pointers={"/code": "wrong"},
        )


async def take_away(tx: Tx, row: AccountRow) -> None:
    """Take codes and passkeys from somebody who has lost what they are on, and sign them out everywhere."""
    await remove(tx, row)
    await passkeys.remove(tx, row.id)
    await sessions.end(tx, row.id, datetime.now(UTC))


async def remove(tx: Tx, row: AccountRow) -> None:
    """Turn one's own second factor off."""
    await accounts.change(tx, replace(row, sealed_second=None, second_at=None, second_step=None, recovery=[]))


async def _right(tx: Tx, vault: Vault, row: AccountRow, code: str) -> bool:
    digits = "".join(code.split())
    if row.sealed_second is None or not (digits.isascii() and digits.isdigit()):
        return False
    totp = pyotp.TOTP(vault.open(tx.tenant, row.sealed_second).decode(), interval=STEP)
    now = int(time.time()) // STEP
    for step in (now, now - 1, now + 1):
        if secrets.compare_digest(totp.generate_otp(step), digits):
            return await accounts.take_step(tx, row.id, step)
    return False


def _hash(code: str) -> str:
    letters = code.upper().replace("-", "").replace(" ", "").translate(str.maketrans("OIL", "011"))
    return hashlib.sha256(letters.encode()).hexdigest()
