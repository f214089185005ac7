"""Operations: settings, logs, secrets, tracing, the clock, signing in."""
