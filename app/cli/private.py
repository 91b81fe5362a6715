"""Files with what is about a learner: for nobody but whoever ran the command."""

import os
from pathlib import Path


def write_private(path: Path, content: str | bytes) -> None:
    """Write a file that only its owner may read (mode 0600), also where it was there with another mode."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        path.chmod(0o600)
        file.write(content if isinstance(content, bytes) else content.encode())
