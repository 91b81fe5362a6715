"""What attacks start from: a district in a database, and a service with two tenants."""

from tests.api.conftest import api
from tests.pipeline.conftest import db, district

__all__ = ["api", "db", "district"]
