-- delta_ltv
WITH regrouped AS (
  SELECT
    node,
    last_value(person ORDER BY at, _partition, _offset) AS person
  FROM
    identities
  WHERE
    workspace = 'main' AND joined
  GROUP BY
    node
), loops AS (
  SELECT
    CAST(NULL AS VARCHAR) AS "loop",
    CAST(NULL AS VARCHAR) AS campaign
  WHERE
    false
), exposure AS (
  SELECT
    u.person AS person,
    u.at AS at,
    u."loop" AS "loop",
    u.arm AS arm,
    l.campaign AS campaign
  FROM
    (
      SELECT
        coalesce(r.person, x.node) AS person,
        x.effective_at AS at,
        x.name AS "loop",
        x.arm AS arm,
        x.segments AS segments,
        row_number() OVER (
          PARTITION BY coalesce(r.person, x.node), x.name
          ORDER BY x.effective_at, x.node, x.arm
        ) AS place
      FROM
        enrollments AS x
        LEFT JOIN regrouped AS r ON r.node = x.node
      WHERE
        x.workspace = 'main' AND x.scope = 'loop' AND x.entered AND x.arm IS NOT NULL
    ) AS u
    LEFT JOIN loops AS l ON l."loop" = u."loop"
  WHERE
    u.place = 1 AND coalesce(json_text(u.segments, 'measuring'), '') <> 'withheld'
), excluded AS (
  SELECT DISTINCT
    person
  FROM
    (
      SELECT
        unnest(string_to_array(CAST('(withheld)' AS VARCHAR), ',')) AS person
      UNION ALL
      SELECT
        coalesce(r.person, x.node) AS person
      FROM
        events AS x
        LEFT JOIN regrouped AS r ON r.node = x.node
      WHERE
        CAST(true AS BOOLEAN) AND x.workspace = 'main' AND x.kind = 'identify' AND (x.traits LIKE '%"is_test"%' OR x.traits LIKE '%"is_internal"%') AND (json_text(x.traits, 'is_test') = 'true' OR json_text(x.traits, 'is_internal') = 'true')
    ) AS u
  WHERE
    person <> ''
), told AS (
  SELECT
    x.node AS node,
    x.occurred_at AS at,
    x.at AS arrived_at,
    x._partition AS part,
    x._offset AS place,
    x.name AS name,
    x.message_id AS message_id,
    x.source AS source,
    json_text(x.properties, 'order_id') AS order_id,
    upper(json_text(x.properties, 'currency')) AS currency,
    json_number(x.properties, 'revenue') AS revenue,
    json_number(x.properties, 'total') AS total,
    coalesce(json_number(x.properties, 'tax'), 0) AS tax,
    coalesce(json_number(x.properties, 'shipping'), 0) AS shipping,
    json_number(x.properties, 'margin') AS margin,
    json_number(x.properties, 'discount') AS discount
  FROM
    events AS x
  WHERE
    x.workspace = 'main' AND x.kind = 'track' AND x.name IN ('Order Completed', 'Order Refunded', 'Order Cancelled')
  UNION ALL
  SELECT
    x.node AS node,
    x.occurred_at AS at,
    x.at AS arrived_at,
    x._partition AS part,
    x._offset AS place,
    CASE
      WHEN x.kind = 'refund' THEN
        'Order Refunded'
      ELSE
        'Order Completed'
    END AS name,
    concat('offline-', CAST(x._partition AS VARCHAR), '-', CAST(x._offset AS VARCHAR)) AS message_id,
    'offline' AS source,
    json_text(x.properties, 'order_id') AS order_id,
    upper(json_text(x.properties, 'currency')) AS currency,
    json_number(x.properties, 'revenue') AS revenue,
    json_number(x.properties, 'total') AS total,
    coalesce(json_number(x.properties, 'tax'), 0) AS tax,
    coalesce(json_number(x.properties, 'shipping'), 0) AS shipping,
    json_number(x.properties, 'margin') AS margin,
    json_number(x.properties, 'discount') AS discount
  FROM
    offline AS x
  WHERE
    x.workspace = 'main' AND x.kind IN ('order', 'purchase', 'refund')
), refunded AS (
  SELECT
    unit,
    sum(amount) AS amount,
    bool_or(amount IS NULL) AS whole
  FROM
    (
      SELECT DISTINCT
        message_id,
        order_id AS unit,
        coalesce(revenue, total) AS amount
      FROM
        told
      WHERE
        name = 'Order Refunded'
    ) AS u
  WHERE
    unit IS NOT NULL
  GROUP BY
    unit
), "order" AS (
  SELECT
    o.unit AS unit,
    o.person AS person,
    o.at AS at,
    o.source AS source,
    o.currency AS currency,
    CASE
      WHEN row_number() OVER (PARTITION BY o.person ORDER BY o.at, o.unit) = 1 THEN
        'new'
      ELSE
        'returning'
    END AS customer_type,
    o.gross AS gross,
    o.gross - coalesce(o.refund, 0) AS revenue,
    o.margin * o.kept AS margin,
    o.discount AS discount,
    o.margin * o.kept - coalesce(o.discount, 0) * o.kept AS net_margin
  FROM
    (
      SELECT
        v.unit AS unit,
        v.person AS person,
        v.at AS at,
        v.source AS source,
        v.currency AS currency,
        v.gross AS gross,
        v.margin AS margin,
        v.discount AS discount,
        f.amount AS refund,
        CASE
          WHEN f.amount IS NULL OR v.gross IS NULL OR v.gross <= 0 THEN
            1
          ELSE
            1 - f.amount / v.gross
        END AS kept
      FROM
        (
          SELECT
            w.unit AS unit,
            w.person AS person,
            w.source AS source,
            min(w.at) OVER (
              PARTITION BY w.unit
            ) AS at,
            row_number() OVER (
              PARTITION BY w.unit
              ORDER BY w.arrived_at DESC, w.part DESC, w.place DESC
            ) AS version,
            w.currency AS currency,
            w.gross AS gross,
            w.margin AS margin,
            w.discount AS discount
          FROM
            (
              SELECT
                coalesce(x.order_id, x.message_id) AS unit,
                coalesce(r.person, x.node) AS person,
                x.source AS source,
                x.at AS at,
                x.arrived_at AS arrived_at,
                x.part AS part,
                x.place AS place,
                x.currency AS currency,
                coalesce(x.revenue, x.total - x.tax - x.shipping) AS gross,
                x.margin AS margin,
                x.discount AS discount
              FROM
                told AS x
                LEFT JOIN regrouped AS r ON r.node = x.node
              WHERE
                x.name = 'Order Completed'
            ) AS w
        ) AS v
        LEFT JOIN refunded AS f ON f.unit = v.unit
        LEFT JOIN (SELECT DISTINCT order_id AS unit FROM told WHERE name = 'Order Cancelled') AS n ON n.unit = v.unit
      WHERE
        v.version = 1 AND n.unit IS NULL AND (f.unit IS NULL OR (NOT f.whole AND coalesce(f.amount < v.gross, true)))
    ) AS o
), base AS (
  SELECT
    f.person AS unit,
    f.at AS at,
    CAST(NULL AS DOUBLE) AS value,
    CAST(NULL AS VARCHAR) AS currency,
    f.person AS person,
    f.arm AS arm,
    CAST(NULL AS VARCHAR) AS t,
    CAST(NULL AS VARCHAR) AS k0,
    CAST(NULL AS VARCHAR) AS k1,
    CAST(NULL AS VARCHAR) AS k2
  FROM
    exposure AS f
    LEFT JOIN excluded AS e ON e.person = f.person
  WHERE
    e.person IS NULL AND f.at >= '2026-01-04T23:00:00Z' AND f.at < '2026-02-01T23:00:00Z' AND f.campaign IN (CAST('o''ne' AS VARCHAR), CAST('other' AS VARCHAR))
), goal AS (
  SELECT
    f.person AS unit,
    f.at AS at,
    f.net_margin AS value,
    f.currency AS currency
  FROM
    "order" AS f
  WHERE
    f.at >= '2026-01-04T23:00:00Z'
)
SELECT
  t,
  k0,
  k1,
  k2,
  arm,
  sum(CASE WHEN ripe THEN 1 ELSE 0 END) AS n,
  CAST(sum(CASE WHEN ripe THEN y ELSE 0 END) AS DOUBLE) AS total,
  CAST(sum(CASE WHEN ripe THEN y * y ELSE 0 END) AS DOUBLE) AS squares,
  sum(CASE WHEN ripe THEN 0 ELSE 1 END) AS immature,
  max(CASE WHEN ripe THEN NULL ELSE until END) AS mature_at,
  sum(CASE WHEN ripe THEN 1 ELSE 0 END) AS people,
  max(currencies) AS currencies
FROM
  (
    SELECT
      a.t AS t,
      a.k0 AS k0,
      a.k1 AS k1,
      a.k2 AS k2,
      a.arm AS arm,
      a.until AS until,
      a.until <= '2026-02-10T12:00:00Z' AS ripe,
      count(DISTINCT g.currency) AS currencies,
      CASE
        WHEN CAST(false AS BOOLEAN) THEN
          CAST(max(CASE WHEN g.at IS NULL THEN 0 ELSE 1 END) AS DOUBLE)
        ELSE
          CAST(coalesce(sum(TRY_CAST(g.value AS DECIMAL(18,6))), 0) AS DOUBLE)
      END AS y
    FROM
      (
        SELECT
          t,
          k0,
          k1,
          k2,
          arm,
          unit,
          at,
          at + CAST('7776000000000 microseconds' AS INTERVAL) AS until
        FROM
          base
      ) AS a
      LEFT JOIN goal AS g ON g.unit = a.unit AND g.at > a.at AND g.at <= a.until AND g.at <= '2026-02-10T12:00:00Z'
    GROUP BY
      a.t, a.k0, a.k1, a.k2, a.arm, a.unit, a.at, a.until
  ) AS u
GROUP BY
  t, k0, k1, k2, arm;
