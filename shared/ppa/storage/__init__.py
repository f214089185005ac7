"""Storage: the warehouse, the model store, and caches over them."""
