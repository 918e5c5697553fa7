"""What a timetable is worth, and why; the evaluator is the specification."""
