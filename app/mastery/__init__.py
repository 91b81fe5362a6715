"""Mastery: what learners have shown, judged by the policies in force, and the views and pictures of it."""
