"""What routes share: the caller, bodies, problems, idempotency, preconditions, cursors."""
