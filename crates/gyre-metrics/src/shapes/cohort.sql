SELECT t, k0, k1, k2, unit, at,
       CAST(floor((CAST($watermark_epoch AS DOUBLE) - date_part('epoch', at)) / CAST($age_seconds AS DOUBLE)) AS BIGINT) - 1 AS oldest
FROM (SELECT t, k0, k1, k2, unit, min(at) AS at FROM base GROUP BY t, k0, k1, k2, unit) AS u
