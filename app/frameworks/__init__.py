"""Competency frameworks: CASE in and out, authoring, crosswalks, codes and alignment."""
