"""Queries of rosters served."""
