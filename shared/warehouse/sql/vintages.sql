-- every value that one series has had, in the order in which they became known
SELECT event_time, known_at, value
FROM `{dataset}.observations`
WHERE series = @one_series
ORDER BY event_time, known_at
