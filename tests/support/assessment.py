"""A small layout of an assessment file, which tests of files take in."""

READING_CHECK = """
name = "rc"
title = "Reading check"
key = ["Date"]
signature = ["Words per minute"]
dates = ["%m/%d/%Y"]
[person]
identifiers = [{ type = "district", column = "Student ID" }]
[item]
title = { fixed = "Reading check" }
[common]
scored_on = "Date"
[[results]]
score = "Words per minute"
"""
"""Words per minute by district id and day; what follows it in a test goes on under `[[results]]`."""
