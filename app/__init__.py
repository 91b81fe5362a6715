"""The Tessera service."""
