-- earliest known_at of the observations stored after @stored_after, or counted or not from a later time on
SELECT MIN(known_at) AS known_at
FROM `{dataset}.observations`
WHERE COALESCE(counted_at, ingested_at) > @stored_after
