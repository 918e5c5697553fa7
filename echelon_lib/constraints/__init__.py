"""Rules as small frozen dataclasses whose docstring is their mathematics; no solver is known here."""
