-- latest event of each kind per job
SELECT job, event, `at`, `by`
FROM `{dataset}.schedule_events`
QUALIFY ROW_NUMBER() OVER (PARTITION BY job, event ORDER BY `at` DESC) = 1
ORDER BY job, event
