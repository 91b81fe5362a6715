"""Transcripts as PDF."""
