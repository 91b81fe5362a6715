"""Wallets in a browser may call the Open Badges and CLR APIs, and fetch their tokens, from any site (Fetch, CORS).

A caller is known by its bearer token alone, and no cookie counts here: so that any site may ask gives nobody anything.
"""

import re

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

PATHS = re.compile(r"/t/[^/]+/(ims/|oauth/(token|register|revoke)$)")


class WalletCors:
    """Answers browsers on the paths of learners' apps, and leaves all others as they are."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.open = CORSMiddleware(
            app,
            allow_origins=["*"],
            allow_methods=["GET", "POST", "PUT"],
            allow_headers=["Authorization", "Content-Type"],
            expose_headers=["Link", "X-Total-Count", "WWW-Authenticate", "Retry-After"],
            max_age=3600,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, with the answer's headers where it is one of those paths."""
        inner = self.open if scope["type"] == "http" and PATHS.match(scope["path"]) else self.app
        await inner(scope, receive, send)
