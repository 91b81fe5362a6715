"""Sources: a tenant's configured connections, their settings and secrets, and how they are doing."""
