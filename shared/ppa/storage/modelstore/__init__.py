"""Store for model files: a local folder or a Cloud Storage bucket."""
