"""Features: hourly rows as of their time, made from observations."""
