-- every value of periods from @since on that one series has had and that was stored from @stored_from on, in the order
-- in which they became known; `stored` is how many there are in all
SELECT event_time, known_at, value, ingested_at, (
    SELECT COUNT(*) FROM `{dataset}.observations` WHERE series = @one_series
  ) AS stored
FROM `{dataset}.observations`
WHERE event_time >= @since AND series = @one_series AND ingested_at >= @stored_from
ORDER BY event_time, known_at
