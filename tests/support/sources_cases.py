"""What tests share of sources."""

from typing import Any

ONEROSTER: dict[str, Any] = {
    "slug": "sis",
    "name": "District SIS",
    "connector": "oneroster",
    "everyMinutes": 60,
    "settings": {
        "base_url": "https://sis.example.org/ims/oneroster/rostering/v1p2",
        "token_url": "https://sis.example.org/token",
        "client_id": "tessera",
        "client_secret": "hush-hush",
    },
}
