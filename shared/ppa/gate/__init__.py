"""The gate: what is found out about a model file before it is registered, step by step."""
