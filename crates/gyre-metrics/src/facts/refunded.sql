SELECT unit, sum(amount) AS amount, bool_or(amount IS NULL) AS whole
FROM (
  SELECT DISTINCT message_id, json_text(properties, 'order_id') AS unit,
         coalesce(json_number(properties, 'revenue'), json_number(properties, 'total')) AS amount
  FROM told
  WHERE name = 'Order Refunded'
) AS u
WHERE unit IS NOT NULL
GROUP BY unit
