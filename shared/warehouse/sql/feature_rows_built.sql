-- rows of one catalogue that were made from @built_from on; `stored` is how many there are in all
SELECT *, (
    SELECT COUNT(*) FROM `{dataset}.features_hourly` WHERE catalogue_version = @catalogue_version
  ) AS stored
FROM `{dataset}.features_hourly`
WHERE catalogue_version = @catalogue_version AND built_at >= @built_from
ORDER BY ts
