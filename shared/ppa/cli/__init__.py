"""`ppa`: the command. Every command is a request to the API, of a running app or of one opened in place."""
