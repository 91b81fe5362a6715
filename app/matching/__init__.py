"""Matching: what speaks for and against two persons being one, purely. Nothing here decides who is whom."""
