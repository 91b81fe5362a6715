"""The database server itself: embedded or external, its schema, its readiness, and what is pruned."""
