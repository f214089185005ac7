-- every model with its state: the newest event decides whether it is active
SELECT
  m.*,
  l.mode, l.lookahead, l.threshold,
  COALESCE(e.event = 'activated', FALSE) AS active,
  CASE WHEN e.event = 'activated' THEN e.at END AS active_since
FROM `{dataset}.models` m
JOIN `{dataset}.labels` l ON l.label_id = m.label_id
LEFT JOIN (
  SELECT model_id, event, `at`
  FROM `{dataset}.model_events`
  QUALIFY ROW_NUMBER() OVER (PARTITION BY model_id ORDER BY `at` DESC) = 1
) e ON e.model_id = m.model_id
ORDER BY m.uploaded_at DESC, m.model_id
