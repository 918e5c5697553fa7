"""Seeded generators of schools that nobody goes to."""
