-- latest quote of each asset since @since
SELECT asset, ts, price, source
FROM `{dataset}.quotes`
WHERE ts >= @since
QUALIFY ROW_NUMBER() OVER (PARTITION BY asset ORDER BY ts DESC) = 1
ORDER BY asset
