"""Tessera, the service: sources in, one learner record out."""
