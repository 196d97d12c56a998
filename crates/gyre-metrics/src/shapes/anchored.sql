SELECT t, k0, k1, k2, unit, person, at,
       CASE WHEN CAST($next_day AS BOOLEAN) THEN date_trunc('day', at) + INTERVAL '1 day'
            ELSE at + CAST($gap AS INTERVAL) END AS since,
       at + CAST($window AS INTERVAL) AS until
FROM (
  SELECT t, k0, k1, k2, unit, min(person) AS person,
         CASE WHEN CAST($last AS BOOLEAN) THEN max(at) ELSE min(at) END AS at
  FROM base
  GROUP BY t, k0, k1, k2, unit
) AS u
