"""Scenarios, runs, their folders and what is read back from them; files, clock and signals meet here."""
