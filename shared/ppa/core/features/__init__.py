"""Feature rows, computed as of each hour from observations."""
