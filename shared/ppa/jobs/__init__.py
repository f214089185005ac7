"""Jobs run by the HTTP functions and the command line: ingest, build rows, predict, backfill, replay."""
