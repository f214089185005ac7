-- everything delivered for periods of some series in [@since, @until), whether it counts or not
SELECT *
FROM `{dataset}.observations`
WHERE event_time >= @since AND event_time < @until AND series IN UNNEST(@series)
