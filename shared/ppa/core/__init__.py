"""Pure core: arrays, frames and values in, the same out. No I/O, no clock, no platform."""
