-- rows of one catalogue and of hours from @since on that were made from @built_from on; `stored` is how many there are in
-- all, `made` how many of those were made from @built_from on
SELECT *, (
    SELECT COUNT(*) FROM `{dataset}.features_hourly` WHERE catalogue_version = @catalogue_version
  ) AS stored, (
    SELECT COUNT(*) FROM `{dataset}.features_hourly`
    WHERE catalogue_version = @catalogue_version AND built_at >= @built_from
  ) AS made
FROM `{dataset}.features_hourly`
WHERE ts >= @since AND catalogue_version = @catalogue_version AND built_at >= @built_from
ORDER BY ts
