"""Finding timetables: ``choose.solve`` picks the method and has every answer re-scored."""
