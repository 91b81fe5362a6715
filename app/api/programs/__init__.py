"""Programs over HTTP: submitting, reviewing, approving."""
