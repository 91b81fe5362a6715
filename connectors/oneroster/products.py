"""Products that serve OneRoster, each under its name: what is known of it, where it is not the standard's.

From public documentation and what integrators report of them; each is one entry, and any setting overrides it. Sources:
help.classlink.com (Accessing Roster Server Data), kb.infinitecampus.com (OneRoster), PowerSchool's OneRoster plug-in
guide, Ed-Fi-Alliance-OSS/edfi-oneroster, ed.link (OneRoster providers).
"""

from collections.abc import Mapping
from typing import Any, Literal

Product = Literal[
    "aspen", "classlink", "classlink-proxy", "edfi-oneroster", "infinite-campus", "powerschool", "skyward"
]

_ONE_BASE = "/ims/oneroster/v1p1"

PRESETS: Mapping[Product, Mapping[str, Any]] = {
    # 1.1 as Follett and Skyward serve it: one base, client credentials; neither lists categories by class
    "aspen": {"version": "1.1", "auth": "oauth2-basic"},
    "skyward": {"version": "1.1", "auth": "oauth2-basic"},
    # live under the 1.1 path though labeled 1.2; signed requests, or the proxy's key that does not expire
    "classlink": {"version": "1.1", "auth": "oauth1"},
    "classlink-proxy": {"version": "1.1", "auth": "bearer"},
    # clamps to 500 and sends neither X-Total-Count nor Link; 100 requests a minute; active records only
    "edfi-oneroster": {"version": "1.2", "auth": "oauth2-basic", "page_size": 500},
    # up to 50,000 records a page; the token's address carries ?appName= and so is the district's own
    "infinite-campus": {
        "version": "1.2",
        "auth": "oauth2-basic",
        "rostering_path": "/api/ims/oneroster/rostering/v1p2",
        "gradebook_path": "/api/ims/oneroster/gradebook/v1p2",
        "page_size": 10_000,
    },
    # a plug-in under /ws/v1p1, with PowerSchool's own token endpoint; no OAuth scopes
    "powerschool": {
        "version": "1.1",
        "auth": "oauth2-basic",
        "rostering_path": f"/ws/v1p1{_ONE_BASE}",
        "gradebook_path": f"/ws/v1p1{_ONE_BASE}",
        "token_path": "/oauth/access_token",
        "scope": "",
    },
}
"""By product: the settings that stand where none are given. `token_path` follows the base to make the token's URL."""
