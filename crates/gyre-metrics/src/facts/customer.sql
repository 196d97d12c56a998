SELECT person, at, source, currency, revenue, net_margin, lifetime_margin
FROM (
  SELECT person, at, source, currency, customer_type, revenue, net_margin,
         sum(net_margin) OVER (PARTITION BY person) AS lifetime_margin
  FROM "order"
) AS u
WHERE customer_type = 'new'
