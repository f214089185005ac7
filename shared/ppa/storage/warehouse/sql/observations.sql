-- observations known by @known_until of periods since @since
SELECT series, event_time, known_at, value
FROM `{dataset}.observations`
WHERE {counted} AND event_time >= @since AND known_at <= @known_until AND series IN UNNEST(@series)
