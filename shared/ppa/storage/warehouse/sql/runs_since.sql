-- number of runs, failures and bytes billed of each job since @since, with its last success
SELECT
  job,
  COUNT(*) AS runs,
  COUNT(CASE WHEN status <> 'ok' THEN job END) AS failed,
  CAST(SUM(bytes_billed) AS INT64) AS bytes_billed,
  MAX(CASE WHEN status = 'ok' THEN started_at END) AS last_success
FROM `{dataset}.job_runs`
WHERE scheduled_for >= @since
GROUP BY job
ORDER BY job
