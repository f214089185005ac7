-- how many answers each hour of [@since, @until) has, by origin and by the reason why there is no prediction
SELECT ts, origin, reason, COUNT(*) AS answers
FROM `{dataset}.predictions`
WHERE ts >= @since AND ts < @until AND origin IN UNNEST(@origins)
GROUP BY ts, origin, reason
ORDER BY ts
