-- number of stored observations per source
SELECT source, COUNT(*) AS observations
FROM `{dataset}.observations`
GROUP BY source
ORDER BY observations DESC
