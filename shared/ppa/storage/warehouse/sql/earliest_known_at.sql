-- earliest known_at of the observations stored after @stored_after
SELECT MIN(known_at) AS known_at
FROM `{dataset}.observations`
WHERE ingested_at > @stored_after
