-- how far each series reaches, who served it last, and since when the platform follows it: what is imported is not
SELECT
  series,
  COUNT(*) AS observations,
  MIN(event_time) AS first_event,
  MAX(event_time) AS newest_event,
  MAX(known_at) AS newest_known_at,
  MIN(CASE WHEN source <> 'csv' THEN ingested_at END) AS followed_since,
  MAX(ingested_at) AS newest_ingested_at,
  MAX_BY(source, event_time) AS source
FROM `{dataset}.observations`
GROUP BY series
ORDER BY series
