"""Pictures of what learners have shown: pure functions from standings to SVG text, always the same for the same.

Pure.
"""
