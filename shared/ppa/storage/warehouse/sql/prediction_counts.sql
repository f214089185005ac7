-- number of rows, predictions and hours per model and origin
SELECT
  model_id, origin, COUNT(*) AS answers, COUNT(probability) AS predictions,
  MIN(ts) AS first_hour, MAX(ts) AS last_hour
FROM `{dataset}.predictions`
GROUP BY model_id, origin
