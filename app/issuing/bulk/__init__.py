"""One award to many learners: signed from a template, on all cores."""
