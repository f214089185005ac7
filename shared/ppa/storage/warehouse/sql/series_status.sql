-- coverage and latest source of each series in [@since, @until); `followed_since` excludes imported values, `stored`
-- counts all observations without reading a column
SELECT
  series,
  COUNT(*) AS observations,
  MIN(event_time) AS first_event,
  MAX(event_time) AS newest_event,
  MAX(known_at) AS newest_known_at,
  MIN(CASE WHEN source <> 'csv' THEN ingested_at END) AS followed_since,
  MAX(ingested_at) AS newest_ingested_at,
  MAX_BY(source, event_time) AS source,
  (SELECT COUNT(*) FROM `{dataset}.observations`) AS stored
FROM `{dataset}.observations`
WHERE event_time >= @since AND event_time < @until
GROUP BY series
ORDER BY series
