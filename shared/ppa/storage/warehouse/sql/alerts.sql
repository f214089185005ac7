-- alerts since @since with the state of their delivery, newest first
SELECT
  a.alert_id, a.kind, a.subject, a.`at`, a.message, a.detail,
  MIN(CASE WHEN d.delivered THEN d.`at` END) AS delivered_at,
  COUNT(d.`at`) AS attempts,
  MAX(d.`at`) AS tried_at,
  MAX(CASE WHEN NOT d.delivered THEN d.error END) AS error
FROM `{dataset}.alerts` a
LEFT JOIN `{dataset}.alert_deliveries` d ON d.alert_id = a.alert_id
WHERE a.`at` >= @since
GROUP BY a.alert_id, a.kind, a.subject, a.`at`, a.message, a.detail
ORDER BY a.`at` DESC, a.alert_id
LIMIT @maximum
