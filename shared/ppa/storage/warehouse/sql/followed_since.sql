-- when the first value of some series arrived from a provider, whether it counts or not
SELECT series, MIN(ingested_at) AS followed_since
FROM `{dataset}.observations`
WHERE batch IS NULL AND source <> 'csv' AND series IN UNNEST(@series)
GROUP BY series
