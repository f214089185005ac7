-- saved labels with their number of models, newest first
SELECT l.*, (SELECT COUNT(*) FROM `{dataset}.models` m WHERE m.label_id = l.label_id) AS models
FROM `{dataset}.labels` l
ORDER BY l.created_at DESC
