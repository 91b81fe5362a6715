"""Letters: what is told by e-mail, in the words of the catalogs."""
