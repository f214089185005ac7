-- runs since @since, newest first; `detail` only for the latest @maximum of each job
SELECT
  job, scheduled_for, attempt, started_at, finished_at, status, `rows`, bytes_billed, error, trace,
  CASE WHEN ROW_NUMBER() OVER (PARTITION BY job ORDER BY started_at DESC) <= @maximum THEN detail END AS detail
FROM `{dataset}.job_runs`
WHERE scheduled_for >= @since
ORDER BY started_at DESC
