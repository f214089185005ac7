-- events of import batches, oldest first
SELECT batch_id, `at`, event, `by`, detail
FROM `{dataset}.imports`
ORDER BY `at`, batch_id, event
