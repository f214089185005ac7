-- rows of one catalogue version in [@since, @until); unsorted, since sorting wide rows costs as much as reading them
SELECT *
FROM `{dataset}.features_hourly`
WHERE ts >= @since AND ts < @until AND catalogue_version = @catalogue_version
