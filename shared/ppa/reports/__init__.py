"""Reports: read-only views of the stored data."""
