"""External services: alerts, MLflow tracking and scheduling."""
