SELECT person, t, k0, k1, k2, CAST(coalesce(sum(TRY_CAST(value AS DECIMAL(18, 6))), 0) AS DOUBLE) AS amount, count(*) AS n,
       count(DISTINCT currency) AS currencies
FROM source
GROUP BY person, t, k0, k1, k2
