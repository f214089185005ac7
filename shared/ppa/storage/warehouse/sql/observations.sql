-- what rows are made of: all that was known by @known_until about periods from @since on
SELECT series, event_time, known_at, value
FROM `{dataset}.observations`
WHERE event_time >= @since AND known_at <= @known_until AND series IN UNNEST(@series)
