"""The suite of misbehavior (`connectors.testing.misbehavior`), on a small server of each connector that pulls."""

from connectors.testing.misbehavior import *  # noqa: F403
from tests.support.worlds import WORLDS  # noqa: F401  the suite is tried on these
