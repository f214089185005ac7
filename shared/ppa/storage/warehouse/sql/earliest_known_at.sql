-- the earliest moment from which anything is known that was stored after @stored_after
SELECT MIN(known_at) AS known_at
FROM `{dataset}.observations`
WHERE ingested_at > @stored_after
