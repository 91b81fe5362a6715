"""Views of what learners have shown: pure functions from standings to what is served. None of them makes a mean."""
