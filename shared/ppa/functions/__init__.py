"""The functions: what each deployed HTTP function does."""
