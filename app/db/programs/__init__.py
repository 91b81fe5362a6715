"""Programs, what they hand in, and what became of it."""
