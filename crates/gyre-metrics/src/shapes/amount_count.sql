SELECT person, t, k0, k1, k2, CAST(count(*) AS DOUBLE) AS amount, count(*) AS n, CAST(0 AS BIGINT) AS currencies
FROM source
GROUP BY person, t, k0, k1, k2
