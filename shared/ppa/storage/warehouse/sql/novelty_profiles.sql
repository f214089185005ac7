-- novelty profiles of some models
SELECT model_id, reference
FROM `{dataset}.models`
WHERE model_id IN UNNEST(@model_ids) AND reference IS NOT NULL
