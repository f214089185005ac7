"""Services outside the platform: alerts, MLflow, the scheduler."""
