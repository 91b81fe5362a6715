"""Plans, goals and credit."""
