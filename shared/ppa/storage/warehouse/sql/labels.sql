-- saved labels with the number of models trained on each, newest first
SELECT l.*, (SELECT COUNT(*) FROM `{dataset}.models` m WHERE m.label_id = l.label_id) AS models
FROM `{dataset}.labels` l
ORDER BY l.created_at DESC
