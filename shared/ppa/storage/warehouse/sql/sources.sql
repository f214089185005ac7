-- who served what is stored
SELECT source, COUNT(*) AS observations
FROM `{dataset}.observations`
GROUP BY source
ORDER BY observations DESC
