"""The fake adaptive tool: Kolibri's API, with mastery logs."""

from app.sandbox.tool.model import FACILITY
from app.sandbox.tool.service import PASSWORD, USERNAME, tool

__all__ = ["FACILITY", "PASSWORD", "USERNAME", "tool"]
