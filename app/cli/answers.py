"""What the demo's own API answers."""

from typing import Any

import httpx

from app.errors import ConfigError


def answer_of(response: httpx.Response) -> Any:
    """What the API answered, as JSON values; ConfigError where it refused."""
    if not response.is_success:
        raise ConfigError(f"the API answered {response.status_code} to {response.request.url.path}: {response.text}")
    return response.json()
