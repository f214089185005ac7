"""The gate: step-by-step checks of a model file before it is registered."""
