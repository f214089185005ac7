-- how far the rows of one catalogue reach
SELECT MIN(ts) AS first_hour, MAX(ts) AS last_hour, COUNT(*) AS hours
FROM `{dataset}.features_hourly`
WHERE catalogue_version = @catalogue_version
