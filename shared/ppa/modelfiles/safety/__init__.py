"""Safety checks of model files before they are built: archive, schema, types and array contents."""
