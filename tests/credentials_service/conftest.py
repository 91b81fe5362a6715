"""The service whose credentials are tested: see tests/api."""

from tests.api.conftest import api

__all__ = ["api"]
