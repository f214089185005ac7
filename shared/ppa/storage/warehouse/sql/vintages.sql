-- vintages of one series of periods since @since, stored since @stored_from, sorted by period and known_at; `stored`
-- counts all vintages of the series
SELECT event_time, known_at, value, ingested_at, (
    SELECT COUNT(*) FROM `{dataset}.observations` WHERE series = @one_series
  ) AS stored
FROM `{dataset}.observations`
WHERE event_time >= @since AND series = @one_series AND ingested_at >= @stored_from
ORDER BY event_time, known_at
