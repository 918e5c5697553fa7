"""What a timetable is like, as tables and sentences; nothing here solves."""
