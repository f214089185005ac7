-- the latest runs of every job
SELECT *
FROM `{dataset}.job_runs`
WHERE scheduled_for >= @since
QUALIFY ROW_NUMBER() OVER (PARTITION BY job ORDER BY started_at DESC) <= @most
ORDER BY started_at DESC
