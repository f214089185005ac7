"""Model files: what people upload is read, checked and tried, in a child process."""
