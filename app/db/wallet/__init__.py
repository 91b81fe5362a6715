"""The queries of wallet."""
