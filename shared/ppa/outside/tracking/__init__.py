"""MLflow: each model as one run, in an experiment named after its label; logged later where MLflow is down."""
