-- predictions of some models in [@since, @until), newest first
SELECT *
FROM `{dataset}.predictions`
WHERE ts >= @since AND ts < @until AND model_id IN UNNEST(@model_ids) AND origin IN UNNEST(@origins)
ORDER BY ts DESC, model_id
LIMIT @maximum
