"""Frameworks as others write them: CTDL-ASN, ASN, Ed-Fi, Canvas, Moodle; read into CASE packages, and written."""
