"""Operations: settings, logging, secrets, tracing, clock and authentication."""
