-- what some models said in one origin, without what they did not say, by model and hour
SELECT model_id, ts, probability, decision
FROM `{dataset}.predictions`
WHERE model_id IN UNNEST(@model_ids) AND origin IN UNNEST(@origins) AND probability IS NOT NULL
ORDER BY model_id, ts
