-- first and last hour of the rows of one catalogue version, and the build time of the last
SELECT MIN(ts) AS first_hour, MAX(ts) AS last_hour, COUNT(*) AS hours, MAX_BY(built_at, ts) AS built_at
FROM `{dataset}.features_hourly`
WHERE catalogue_version = @catalogue_version
