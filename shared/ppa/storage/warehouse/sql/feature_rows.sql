-- rows of one catalogue from @since to before @until, in any order: sorting wide rows costs as much as reading them
SELECT *
FROM `{dataset}.features_hourly`
WHERE ts >= @since AND ts < @until AND catalogue_version = @catalogue_version
