-- row hashes of one catalogue version in [@since, @until)
SELECT ts, row_hash
FROM `{dataset}.features_hourly`
WHERE ts >= @since AND ts < @until AND catalogue_version = @catalogue_version
ORDER BY ts
