-- provider calls and refusals since @since
SELECT provider, `at`, kind, until, call_id
FROM `{dataset}.provider_calls`
WHERE `at` >= @since
ORDER BY `at`
