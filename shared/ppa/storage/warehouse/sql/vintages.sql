-- vintages of one series of periods since @since, stored since @stored_from, sorted by period and known_at; `stored`
-- counts all vintages of the series, `changed` is when one last began or ceased to count
SELECT event_time, known_at, value, ingested_at, (
    SELECT COUNT(*) FROM `{dataset}.observations` WHERE {counted} AND series = @one_series
  ) AS stored, (
    SELECT MAX(counted_at) FROM `{dataset}.observations` WHERE series = @one_series
  ) AS changed
FROM `{dataset}.observations`
WHERE {counted} AND event_time >= @since AND series = @one_series AND ingested_at >= @stored_from
ORDER BY event_time, known_at
