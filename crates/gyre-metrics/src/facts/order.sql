SELECT o.unit AS unit, o.person AS person, o.at AS at, o.source AS source, o.currency AS currency,
       CASE WHEN row_number() OVER (PARTITION BY o.person ORDER BY o.at, o.unit) = 1 THEN 'new'
            ELSE 'returning' END AS customer_type,
       o.gross AS gross,
       o.gross - coalesce(o.refund, 0) AS revenue,
       o.margin * o.kept AS margin,
       o.discount AS discount,
       o.margin * o.kept - coalesce(o.discount, 0) * o.kept AS net_margin
FROM (
  SELECT v.unit AS unit, v.person AS person, v.at AS at, v.source AS source, v.currency AS currency,
         v.gross AS gross, v.margin AS margin, v.discount AS discount, f.amount AS refund,
         CASE WHEN f.amount IS NULL OR v.gross IS NULL OR v.gross <= 0 THEN 1
              ELSE 1 - f.amount / v.gross END AS kept
  FROM (
    SELECT w.unit AS unit, w.person AS person, w.source AS source,
           min(w.at) OVER (PARTITION BY w.unit) AS at,
           row_number() OVER (PARTITION BY w.unit ORDER BY w.arrived_at DESC, w.part DESC, w.place DESC) AS version,
           w.currency AS currency, w.gross AS gross, w.margin AS margin, w.discount AS discount
    FROM (
      SELECT coalesce(x.order_id, x.message_id) AS unit,
             coalesce(r.person, x.node) AS person, x.source AS source, x.at AS at,
             x.arrived_at AS arrived_at, x.part AS part, x.place AS place,
             x.currency AS currency, coalesce(x.revenue, x.total - x.tax - x.shipping) AS gross,
             x.margin AS margin, x.discount AS discount
      FROM told AS x
      LEFT JOIN regrouped AS r ON r.node = x.node
      WHERE x.name = 'Order Completed'
    ) AS w
  ) AS v
  LEFT JOIN refunded AS f ON f.unit = v.unit
  LEFT JOIN (
    SELECT DISTINCT order_id AS unit FROM told WHERE name = 'Order Cancelled'
  ) AS n ON n.unit = v.unit
  WHERE v.version = 1 AND n.unit IS NULL
    AND (f.unit IS NULL OR (NOT f.whole AND coalesce(f.amount < v.gross, true)))
) AS o
