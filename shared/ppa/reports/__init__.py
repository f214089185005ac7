"""Reports: read-only views over what is stored."""
