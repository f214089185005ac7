-- observations of periods in [@since, @until), revisions included
SELECT series, event_time, known_at, value, source
FROM `{dataset}.observations`
WHERE {counted} AND event_time >= @since AND event_time < @until
ORDER BY series, event_time, known_at
