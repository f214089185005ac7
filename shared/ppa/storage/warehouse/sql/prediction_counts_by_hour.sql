-- number of predictions per hour in [@since, @until), by origin and no-prediction reason
SELECT ts, origin, reason, COUNT(*) AS answers
FROM `{dataset}.predictions`
WHERE ts >= @since AND ts < @until AND origin IN UNNEST(@origins)
GROUP BY ts, origin, reason
ORDER BY ts
