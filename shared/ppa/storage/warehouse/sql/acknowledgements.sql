-- newest acknowledgement of each finding
SELECT finding_id, `at`, `by`, reason
FROM `{dataset}.acknowledgements`
QUALIFY ROW_NUMBER() OVER (PARTITION BY finding_id ORDER BY `at` DESC) = 1
ORDER BY finding_id
