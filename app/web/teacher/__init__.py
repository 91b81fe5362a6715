"""Pages for those who teach: their classes, what a class has shown and needs, and what they enter."""
