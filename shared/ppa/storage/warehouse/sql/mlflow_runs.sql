-- how far each model is told to MLflow
SELECT *
FROM `{dataset}.mlflow_runs`
