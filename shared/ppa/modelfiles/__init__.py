"""Model files: read, check and run uploaded files in a child process."""
