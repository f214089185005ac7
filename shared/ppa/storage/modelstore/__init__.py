"""Where model files are kept: a folder, or a bucket of Cloud Storage behind the same four methods."""
