-- hours in [@since, @until) predicted by some models
SELECT model_id, ts
FROM `{dataset}.predictions`
WHERE ts >= @since AND ts < @until AND model_id IN UNNEST(@model_ids) AND origin IN UNNEST(@origins)
