-- newest value of each period in [@since, @until)
SELECT series, event_time, known_at, value, source
FROM `{dataset}.observations`
WHERE {counted} AND event_time >= @since AND event_time < @until AND series IN UNNEST(@series)
QUALIFY ROW_NUMBER() OVER (PARTITION BY series, event_time ORDER BY known_at DESC) = 1
ORDER BY series, event_time
