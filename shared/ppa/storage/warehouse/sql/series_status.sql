-- coverage and latest source of each series in [@since, @until); `stored` counts all observations without reading a
-- column, `changed` is when one last began or ceased to count
SELECT
  series,
  COUNT(*) AS observations,
  MIN(event_time) AS first_event,
  MAX(event_time) AS newest_event,
  MAX(known_at) AS newest_known_at,
  MAX(ingested_at) AS newest_ingested_at,
  MAX_BY(source, event_time) AS source,
  (SELECT COUNT(*) FROM `{dataset}.observations`) AS stored,
  (SELECT MAX(counted_at) FROM `{dataset}.observations`) AS changed
FROM `{dataset}.observations`
WHERE {counted} AND event_time >= @since AND event_time < @until
GROUP BY series
ORDER BY series
