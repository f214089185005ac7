-- every rule ever set, oldest first: the newest of a scope is the rule, the others are its history
SELECT *
FROM `{dataset}.rules`
ORDER BY scope, `at`
