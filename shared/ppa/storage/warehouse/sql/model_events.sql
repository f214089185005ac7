-- events of models, oldest first; filtered by label or model unless empty
SELECT v.model_id, v.`at`, v.event, v.detail, v.`by`
FROM `{dataset}.model_events` v
JOIN `{dataset}.models` m ON m.model_id = v.model_id
WHERE (@one_label = '' OR m.label_id = @one_label) AND (@one_model = '' OR v.model_id = @one_model)
ORDER BY v.`at`, v.model_id, v.event
