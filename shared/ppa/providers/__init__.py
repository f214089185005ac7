"""Where numbers come from: one small interface, an adapter a source."""
