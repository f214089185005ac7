"""Pure functions of arrays, frames and values, without I/O or clock."""
