"""The queries of people who sign in."""
