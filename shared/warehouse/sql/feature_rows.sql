-- rows of one catalogue from @since to before @until
SELECT *
FROM `{dataset}.features_hourly`
WHERE ts >= @since AND ts < @until AND catalogue_version = @catalogue_version
ORDER BY ts
