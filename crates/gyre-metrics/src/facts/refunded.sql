SELECT unit, sum(amount) AS amount, bool_or(amount IS NULL) AS whole
FROM (
  SELECT DISTINCT message_id, order_id AS unit, coalesce(revenue, total) AS amount
  FROM told
  WHERE name = 'Order Refunded'
) AS u
WHERE unit IS NOT NULL
GROUP BY unit
