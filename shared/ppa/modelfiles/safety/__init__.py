"""What makes a model file safe to build: archive, schema, the types that it names, the numbers that it holds."""
