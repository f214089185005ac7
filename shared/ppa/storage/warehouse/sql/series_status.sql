-- how far the periods of each series in [@since, @until) reach, who served the last, and since when the platform follows
-- the series: what is imported is not; `stored` is how many observations there are in all, which reads no column
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
