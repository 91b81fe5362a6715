"""Examples for the description of the credentials' API: one badge, issued, shared and verified."""

from typing import Any

LEARNER = "6f1c2f0e-6d0b-5a53-9a43-3c1f0f6b7d11"
CREDENTIAL = "0b5a9c1e-7a43-4a0c-9a57-2f0c6f1d2e33"
SHARE = "3d9a6f52-1b7e-4c55-8d0e-6a4f9b0c7e21"
HOME = "https://records.example.org/t/district"
AT = "2026-10-03T20:30:00Z"
DID = "did:web:records.example.org:t:district"
JWK = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
BADGE: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
    "id": f"urn:uuid:{CREDENTIAL}",
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "issuer": DID,
    "validFrom": AT,
    "name": "Line Follower",
    "credentialSubject": {
        "type": ["AchievementSubject"],
        "achievement": {
            "id": "urn:uuid:6d0b5a53-7a43-4a0c-9a57-2f0c6f1d2e33",
            "type": ["Achievement"],
            "name": "Line Follower",
            "description": "A robot that follows a line.",
            "criteria": {"narrative": "It follows the line."},
        },
    },
}
SHOWN = {
    "id": CREDENTIAL,
    "learner": LEARNER,
    "way": "issued",
    "kind": "OpenBadgeCredential",
    "name": "Line Follower",
    "issuer": DID,
    "state": "active",
    "reason": None,
    "since": AT,
    "document": BADGE,
}
CLAIM = {
    "id": SHARE,
    "learner": LEARNER,
    "credentials": [CREDENTIAL],
    "mailTo": "kim@example.org",
    "mail": "sent",
    "madeAt": AT,
    "expiresAt": AT,
    "claimedAt": None,
    "endedAt": None,
}
SHARED = {
    "id": SHARE,
    "learner": LEARNER,
    "items": [CREDENTIAL],
    "purpose": "Application",
    "recipient": None,
    "showName": False,
    "createdAt": AT,
    "expiresAt": "2026-11-02T20:30:00Z",
    "revokedAt": None,
}
BATCH = {
    "id": SHARE,
    "state": "done",
    "counts": {"learners": 24, "issued": 24},
    "message": None,
    "askedAt": AT,
    "finishedAt": "2026-10-03T20:30:04Z",
}
FOUND = {"verified": True, "report": {"verdict": "valid", "checks": []}, "errors": [], "warnings": []}
ISSUER = {"did": DID, "keys": [{"id": "k-1", "kind": "Ed25519", "createdAt": AT, "retiredAt": None, "revokedAt": None}]}
APP = {
    "id": SHARE,
    "name": "A wallet",
    "scopes": ["credential.readonly"],
    "redirectUris": ["https://wallet.example/back"],
    "createdAt": AT,
    "revokedAt": None,
}
OTHER_HOST = {
    "id": SHARE,
    "name": "A wallet",
    "address": "https://wallet.example/ims/ob/v3p0",
    "standard": "Open Badges 3.0",
    "client": "tessera-7",
    "createdAt": AT,
}
CONSENT: dict[str, Any] = {
    "id": CREDENTIAL,
    "learner": LEARNER,
    "state": "given",
    "askedAt": AT,
    "fetchedTo": AT,
    "dueAt": "2026-10-04T20:30:00Z",
    "note": None,
    "counts": {"created": 3, "unchanged": 1},
    "profile": {"id": "https://wallet.example/people/7", "type": ["Profile"]},
}
CONSENT_ASKED = {**CONSENT, "state": "asked", "fetchedTo": None, "dueAt": None, "counts": {}, "profile": None}
SEEN = {
    "id": 1,
    "at": AT,
    "via": "share",
    "party": "whoever has the link",
    "purpose": "Application",
    "items": [CREDENTIAL],
    "share": SHARE,
}
LIST_CREDENTIAL = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "type": ["VerifiableCredential", "BitstringStatusListCredential"],
    "issuer": DID,
    "credentialSubject": {"type": "BitstringStatusList", "statusPurpose": "revocation", "encodedList": "uH4sIAAAA…"},
}

KNOWN = {
    "id": "0b9c3a4e-5f60-4c1d-9a7b-2f3e4d5c6b7a",
    "issuer": "did:web:club.example",
    "name": "Northside Robotics Club",
    "note": "Its director wrote to us from the address on its site.",
    "addedBy": "client 4",
    "addedAt": AT,
}

ASKED: dict[str, Any] = {
    "putKnownIssuer": {name: KNOWN[name] for name in ("issuer", "name", "note")},
    "changeCredentialStatus": {
        "credentialId": f"urn:uuid:{CREDENTIAL}",
        "credentialStatus": {"type": "BitstringStatusListEntry", "statusPurpose": "revocation", "status": "1"},
    },
    "rotateIssuerKey": {"kind": "Ed25519"},
    "inviteApp": {"note": "The district's wallet"},
    "connectHost": {"name": "A wallet", "address": OTHER_HOST["address"], "standard": "Open Badges 3.0"},
    "askHostConsent": {"learner": LEARNER},
    "issueCredential": {"credential": BADGE, "options": {"format": "vc"}},
    "deriveCredential": {"verifiableCredential": BADGE, "options": {"selectivePointers": ["/evidence/0"]}},
    "verifyCredential": {"verifiableCredential": BADGE},
    "verifyPresentation": {
        "verifiablePresentation": {
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "type": ["VerifiablePresentation"],
            "verifiableCredential": [BADGE],
        }
    },
}
"""Bodies; most of our own models carry their examples themselves."""

ANSWERS: dict[str, Any] = {
    "listKnownIssuers": {"issuers": [KNOWN]},
    "putKnownIssuer": KNOWN,
    "changeCredentialStatus": {"credentialIds": [CREDENTIAL]},
    "issueCredential": {"verifiableCredential": BADGE},
    "deriveCredential": {"verifiableCredential": BADGE},
    "listParts": {"parts": [{"id": "/evidence/0", "name": "Line Follower", "words": "It followed the line."}]},
    "verifyCredential": FOUND,
    "verifyPresentation": FOUND,
    "readDidDocument": {"@context": ["https://www.w3.org/ns/did/v1"], "id": DID},
    "readKeySet": {"keys": [JWK]},
    "readPublicKey": JWK,
    "readRevocations": {
        "id": "https://records.example.org/t/district/revocations",
        "issuer": DID,
        "revokedCredential": [],
    },
    "readStatusList": LIST_CREDENTIAL,
    "createBatch": BATCH,
    "readBatch": BATCH,
    "readCredential": SHOWN,
    "changeState": {**SHOWN, "state": "revoked", "reason": "Awarded by mistake"},
    "listAwardable": {
        "items": [{"item": "/evidence/0", "name": "Line Follower", "date": AT, "issued": None}],
        "withheld": 0,
    },
    "listCredentials": {"credentials": [SHOWN]},
    "issueCredentials": {"credentials": [SHOWN]},
    "listClaims": {"claims": [CLAIM]},
    "createClaim": {"claim": CLAIM, "url": f"{HOME}/c/3Jx0…", "qr": "data:image/svg+xml;base64,PHN2…"},
    "listShares": {"shares": [SHARED]},
    "createShare": {"share": SHARED, "url": f"{HOME}/s/3Jx0…", "qr": "data:image/svg+xml;base64,PHN2…"},
    "readIssuer": ISSUER,
    "rotateIssuerKey": ISSUER,
    "listApps": {"apps": [APP]},
    "inviteApp": {"initialAccessToken": "tsi_0000", "registrationUrl": "https://records.example.org/wallet/register"},
    "listHosts": {"hosts": [OTHER_HOST]},
    "connectHost": OTHER_HOST,
    "listHostConsents": {"consents": [CONSENT], "next": None},
    "askHostConsent": {
        "consent": CONSENT_ASKED,
        "authorizationUrl": "https://wallet.example/oauth/authorize?response_type=code&client_id=tessera-7&state=…",
    },
    "fetchFromHost": CONSENT,
    "createConnectCode": {"code": "K7QF-29XM", "expiresAt": AT},
    "listDisclosures": {"disclosures": [SEEN], "next": None},
}
