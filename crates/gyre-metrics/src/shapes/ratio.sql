SELECT t, k0, k1, k2, sum(x) AS numerator, sum(y) AS denominator, CAST(sum(n) AS BIGINT) AS n, count(person) AS people,
       sum(x * x) AS xx, sum(x * y) AS xy, sum(y * y) AS yy, max(currencies) AS currencies
FROM (
  SELECT person, t, k0, k1, k2, sum(x) AS x, sum(y) AS y, sum(n) AS n, max(currencies) AS currencies
  FROM (
    SELECT person, t, k0, k1, k2, amount AS x, CAST(0 AS DOUBLE) AS y, CAST(0 AS BIGINT) AS n, currencies FROM above
    UNION ALL
    SELECT person, t, k0, k1, k2, CAST(0 AS DOUBLE) AS x, amount AS y, n, currencies FROM below
  ) AS u
  GROUP BY person, t, k0, k1, k2
) AS v
GROUP BY t, k0, k1, k2
