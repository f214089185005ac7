"""Entry points of the deployed HTTP functions."""
