-- the hours and hashes of the rows of one catalogue from @since to before @until
SELECT ts, row_hash
FROM `{dataset}.features_hourly`
WHERE ts >= @since AND ts < @until AND catalogue_version = @catalogue_version
ORDER BY ts
