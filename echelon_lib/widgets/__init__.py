"""The pages of administrators: a state of traits, and views that show it."""
