-- number of stored observations per source
SELECT source, COUNT(*) AS observations
FROM `{dataset}.observations`
WHERE {counted}
GROUP BY source
ORDER BY observations DESC
