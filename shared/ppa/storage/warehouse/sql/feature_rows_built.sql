-- rows of one catalogue version since @since that were built since @built_from; `stored` counts all rows of the
-- version, `made` those built since @built_from
SELECT *, (
    SELECT COUNT(*) FROM `{dataset}.features_hourly` WHERE catalogue_version = @catalogue_version
  ) AS stored, (
    SELECT COUNT(*) FROM `{dataset}.features_hourly`
    WHERE catalogue_version = @catalogue_version AND built_at >= @built_from
  ) AS made
FROM `{dataset}.features_hourly`
WHERE ts >= @since AND catalogue_version = @catalogue_version AND built_at >= @built_from
ORDER BY ts
