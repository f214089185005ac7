"""Labels: their definition, their arithmetic, what they hold and what acting on them pays."""
