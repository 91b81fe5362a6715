"""The web as tests have it: documents at addresses, and nothing else."""

import json
from dataclasses import dataclass, field
from typing import Any

from app.credentials.verify.resolve import Fetched, Unreachable


@dataclass
class World:
    """Answers fetches from a table; `asked` keeps what was looked up."""

    documents: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def fetch(self, address: str) -> Fetched:
        """A document, a status (an int), raw bytes, or what stands at another address (a text, a redirect).

        Unreachable for an unknown address.
        """
        self.asked.append(address)
        if address not in self.documents:
            raise Unreachable("no such host")
        document = self.documents[address]
        if isinstance(document, str):
            answer = await self.fetch(document)
            return Fetched(answer.status, answer.body, answer.address or document)
        if isinstance(document, int):
            return Fetched(document, b"")
        return Fetched(200, document if isinstance(document, bytes) else json.dumps(document).encode())

    def __setitem__(self, address: str, document: Any) -> None:
        self.documents[address] = document
