"""Made-up universities with a timetable that is known to keep every required rule."""
