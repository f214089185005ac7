-- model policies, oldest first; the newest row of a scope is in force
SELECT *
FROM `{dataset}.rules`
ORDER BY scope, `at`
