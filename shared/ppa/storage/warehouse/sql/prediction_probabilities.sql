-- probabilities and decisions of some models, by model and hour; hours without a prediction are left out
SELECT model_id, ts, probability, decision
FROM `{dataset}.predictions`
WHERE model_id IN UNNEST(@model_ids) AND origin IN UNNEST(@origins) AND probability IS NOT NULL
ORDER BY model_id, ts
