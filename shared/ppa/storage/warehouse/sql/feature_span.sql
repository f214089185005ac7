-- how far the rows of one catalogue reach, and when the newest was built
SELECT MIN(ts) AS first_hour, MAX(ts) AS last_hour, COUNT(*) AS hours, MAX_BY(built_at, ts) AS built_at
FROM `{dataset}.features_hourly`
WHERE catalogue_version = @catalogue_version
