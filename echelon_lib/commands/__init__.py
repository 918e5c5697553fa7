"""The ``echelon`` command: one module for each of its words, and nothing that thinks."""
