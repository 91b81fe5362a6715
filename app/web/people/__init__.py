"""Pages of signing in: the start, the way in and out, invitations, and what is one's own."""
