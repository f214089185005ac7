"""Storage: warehouse, model store, and their caches."""
