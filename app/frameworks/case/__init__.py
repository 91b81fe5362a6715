"""CASE 1.1 (1EdTech Competencies and Academic Standards Exchange): packages read, put in order, and served. Pure."""
