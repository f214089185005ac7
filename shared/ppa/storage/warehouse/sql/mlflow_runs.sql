-- MLflow logging state of each model
SELECT *
FROM `{dataset}.mlflow_runs`
