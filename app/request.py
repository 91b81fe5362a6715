"""What routes and pages know of every request: the service that answers it, and the tenant its address names."""

from typing import Annotated, cast

from fastapi import Depends, Path, Request

from app.start import Service


def service(request: Request) -> Service:
    """What everything is done with: the settings, the database and the vault."""
    return cast(Service, request.app.state.service)


Inside = Annotated[Service, Depends(service)]
Slug = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
"""A tenant's name in an address: `/t/{tenant}/…`."""
