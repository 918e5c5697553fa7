"""Weeks of a university, whose sections have fixed attendees and meetings that need times and rooms."""
