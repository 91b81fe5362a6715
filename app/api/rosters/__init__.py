"""Rosters served: the OneRoster provider, and what a district shares with whom."""
