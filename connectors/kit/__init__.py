"""What connectors build on: a guarded HTTP client, paging, credentials, files. At a glance:

    http = client(settings, auth=oauth2(settings.token_url, settings.client_id, settings.client_secret))
    async for page in offset_pages(http, "/users", collection="users", params={"sort": "sourcedId"}):
        yield Page(page.records, cursor=…)

    with open_bundle(path) as bundle:
        yield Part("users", "users.csv", csv_pages(bundle.open("users.csv"), "users.csv"), complete=True)

Nothing here knows a source. What goes wrong is raised as `connectors.errors` says; a connector needs no `try`.
"""

from connectors.kit.auth import basic, bearer, oauth1, oauth2, refreshed, service_account
from connectors.kit.files import Bundle, Limits, open_bundle
from connectors.kit.http import client, members, records, visitor
from connectors.kit.paging import (
    LinkPage,
    NumberedPage,
    OffsetPage,
    Refused,
    ask,
    cursor_pages,
    header_next,
    link_pages,
    numbered_pages,
    offset_pages,
)
from connectors.kit.retry import Patience
from connectors.kit.rows import csv_pages

__all__ = [
    "Bundle",
    "Limits",
    "LinkPage",
    "NumberedPage",
    "OffsetPage",
    "Patience",
    "Refused",
    "ask",
    "basic",
    "bearer",
    "client",
    "csv_pages",
    "cursor_pages",
    "header_next",
    "link_pages",
    "members",
    "numbered_pages",
    "oauth1",
    "oauth2",
    "offset_pages",
    "open_bundle",
    "records",
    "refreshed",
    "service_account",
    "visitor",
]
