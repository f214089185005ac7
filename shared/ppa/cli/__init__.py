"""The `ppa` command line. Commands send requests to the API of a running app, or of one opened in this process."""
