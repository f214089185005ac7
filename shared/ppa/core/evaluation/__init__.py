"""Model evaluation: performance, comparison, calibration, drift and backtests."""
