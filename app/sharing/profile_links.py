"""Links by which somebody adds a credential to their profile elsewhere. Nothing is sent by us. Pure."""

from datetime import datetime
from urllib.parse import urlencode

LINKEDIN = "https://www.linkedin.com/profile/add"


def linkedin(name: str, issuer: str, issued: datetime, address: str, credential: str) -> str:
    """The address that opens LinkedIn's form for a certification, filled in; whoever is signed in there decides.

    `address` is where others may check it, `credential` its id.
    """
    fields = {
        "startTask": "CERTIFICATION_NAME",
        "name": name,
        "organizationName": issuer,
        "issueYear": issued.year,
        "issueMonth": issued.month,
        "certUrl": address,
        "certId": credential,
    }
    return f"{LINKEDIN}?{urlencode(fields)}"
