-- the hours that some models have answered, from @since on
SELECT model_id, ts
FROM `{dataset}.predictions`
WHERE ts >= @since AND ts < @until AND model_id IN UNNEST(@model_ids) AND origin IN UNNEST(@origins)
