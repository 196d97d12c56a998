SELECT c.t AS t, c.k0 AS k0, c.k1 AS k1, c.k2 AS k2, c.unit AS unit, c.oldest AS oldest, g.value AS value, g.currency AS currency,
       CAST(floor((date_part('epoch', g.at) - date_part('epoch', c.at)) / CAST($age_seconds AS DOUBLE)) AS BIGINT) AS age
FROM cohort AS c
JOIN goal AS g ON g.unit = c.unit AND g.at >= c.at AND g.at <= $watermark
