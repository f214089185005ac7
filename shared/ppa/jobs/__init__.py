"""What the functions call: ingest, build rows, predict, backfill, replay."""
