"""Passkeys (Web Authentication, level 3): a key that a device keeps, and that opens an account after a touch or a face.

A passkey that has checked who touches it is two factors in one: what somebody has, and what they know or are. So it
signs in alone. A challenge is made without being stored: it says until when it is good and is bound, by our signature,
to the browser that asked for it and to what for; an answer is taken once.
"""

import hashlib
import hmac
import ipaddress
import json
import secrets
import struct
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import webauthn
from webauthn.helpers import (
    options_to_json,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.db import Tx
from app.db.people import accounts, passkeys
from app.db.people.accounts import AccountRow
from app.db.people.passkeys import PasskeyRow
from app.errors import Invalid, Unauthenticated
from app.secrets import Vault, same_secret

MINUTES = 10
"""How long a challenge is good."""
MOST = 10
"""Passkeys of one account."""
LONGEST = 8000
"""Characters of what a browser answers."""
NAMED = 60
REFUSED = (WebAuthnException, ValueError, TypeError, LookupError, struct.error)
"""What an answer that is none of a passkey of ours is told by."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where passkeys are good: the address people know, and what stands for it (the relying party)."""

    origin: str

    @property
    def host(self) -> str:
        """The relying party's id: the host alone."""
        return urlsplit(self.origin).hostname or ""

    @property
    def possible(self) -> bool:
        """Whether browsers offer passkeys here: over https or on this very machine, and at a name."""
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            return self.origin.startswith("https://") or self.host == "localhost"
        return False


def offer(vault: Vault, place: Place, owner: AccountRow, tenant: int, known: list[PasskeyRow], browser: str) -> str:
    """What a browser is asked for to make a passkey, as JSON."""
    options = webauthn.generate_registration_options(
        rp_id=place.host,
        rp_name="Tessera",
        user_id=_user_id(tenant, owner.id),
        user_name=owner.login,
        user_display_name=owner.name,
        challenge=_challenge(vault, "make", browser),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=row.credential) for row in known],
    )
    return options_to_json(options)


def ask(vault: Vault, place: Place, browser: str) -> str:
    """What a browser is asked for to sign in by any passkey it has for us, as JSON."""
    options = webauthn.generate_authentication_options(
        rp_id=place.host,
        challenge=_challenge(vault, "enter", browser),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


async def add(tx: Tx, vault: Vault, place: Place, owner: AccountRow, answer: str, browser: str, name: str) -> None:
    """Take a new passkey of an account. Invalid where the answer is not to what this browser was asked."""
    if len(await passkeys.of_account(tx, owner.id)) >= MOST:
        raise Invalid("You have as many passkeys as an account can have: take one away first.")
    try:
        registration = parse_registration_credential_json(answer[:LONGEST])
        challenge = await _answered_challenge(tx, vault, "make", browser, registration.response.client_data_json)
        verified = webauthn.verify_registration_response(
            credential=registration,
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    except REFUSED:
        raise _not_taken() from None
    row = PasskeyRow(
        id=uuid4(),
        account_id=owner.id,
        credential=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        name=" ".join(name.split())[:NAMED],
        made_at=datetime.now(UTC),
    )
    if not await passkeys.add(tx, row):
        raise _not_taken()


def tenant_in(answer: str) -> int:
    """The district whose account a passkey's answer names. Unauthenticated where it names none."""
    try:
        handle = parse_authentication_credential_json(answer[:LONGEST]).response.user_handle or b""
        if len(handle) != struct.calcsize(">q") + 16:
            raise ValueError("it is no handle of ours")
        return int(struct.unpack(">q", handle[:8])[0])
    except REFUSED:
        raise wrong() from None


async def enter(tx: Tx, vault: Vault, place: Place, answer: str, browser: str) -> AccountRow:
    """Whose passkey has answered. Unauthenticated says no more than that it is not."""
    try:
        assertion = parse_authentication_credential_json(answer[:LONGEST])
        row = await passkeys.by_credential(tx, assertion.raw_id)
        owner = await accounts.by_id(tx, row.account_id) if row else None
        if row is None or owner is None or owner.ended_at is not None:
            raise ValueError("nobody's")
        if not same_secret((assertion.response.user_handle or b"").hex(), _user_id(tx.tenant, owner.id).hex()):
            raise ValueError("somebody else's")
        challenge = await _answered_challenge(tx, vault, "enter", browser, assertion.response.client_data_json)
        verified = webauthn.verify_authentication_response(
            credential=assertion,
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count,
            require_user_verification=True,
        )
    except REFUSED:
        raise wrong() from None
    await passkeys.used(tx, row.id, verified.new_sign_count, datetime.now(UTC))
    return owner


async def of(tx: Tx, account: UUID) -> list[PasskeyRow]:
    """The passkeys of an account, the oldest first."""
    return await passkeys.of_account(tx, account)


async def remove(tx: Tx, account: UUID, passkey: UUID) -> None:
    """Take a passkey from an account; without effect where it has gone already."""
    await passkeys.remove(tx, account, passkey)


def wrong() -> Unauthenticated:
    """Not signed in: why is not said."""
    return Unauthenticated(
        "This passkey is not known here, or its answer came too late. Try again, or sign in with your password.",
        type="not-signed-in",
        title="Not signed in",
    )


def _not_taken() -> Invalid:
    return Invalid(
        "This passkey was not taken: the page was open too long, or the device answered otherwise. Try again."
    )


def _user_id(tenant: int, account: UUID) -> bytes:
    """What a passkey keeps of whose it is: the district, and the account's id; nothing that tells of a person."""
    return struct.pack(">q", tenant) + account.bytes


def _challenge(vault: Vault, what: str, browser: str) -> bytes:
    head = struct.pack(">q", int(time.time()) + MINUTES * 60) + secrets.token_bytes(16)
    return head + _signed(vault, what, browser, head)


async def _answered_challenge(tx: Tx, vault: Vault, what: str, browser: str, client_data: bytes) -> bytes:
    """The challenge that is answered. ValueError where it is not ours, not this browser's, over, or was answered."""
    challenge = parse_client_data_json(client_data).challenge
    head, signed = challenge[:24], challenge[24:]
    if not same_secret(signed.hex(), _signed(vault, what, browser, head).hex()):
        raise ValueError("it was not asked for here")
    until, now = datetime.fromtimestamp(struct.unpack(">q", head[:8])[0], UTC), datetime.now(UTC)
    if until < now:
        raise ValueError("it is over")
    if not await passkeys.take_challenge(tx, hashlib.sha256(challenge).digest(), until, now):
        raise ValueError("it was answered")
    return challenge


def _signed(vault: Vault, what: str, browser: str, head: bytes) -> bytes:
    words = json.dumps([what, browser, head.hex()]).encode()
    return hmac.new(vault.signing_key("passkey"), words, hashlib.sha256).digest()
