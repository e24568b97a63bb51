-- pmpo range-review, 3 periods as of 2024-02-19T00:00:00+09:00 to 2024-03-04T00:00:00+09:00
--   (DuckDB)
WITH
-- sales: the columns that the charter names, with exact types
sales_read AS NOT MATERIALIZED (
  SELECT
    CAST(sold_at AS TIMESTAMP) AS sold_at,
    CASE
      WHEN TYPEOF(value) = 'DOUBLE' AND CAST(TRY_CAST(value AS DECIMAL(12, 2)) AS DOUBLE) = value
      THEN CAST(TRY_CAST(value AS DECIMAL(12, 2)) AS DECIMAL(12, 2))
      ELSE TRY_CAST(CAST(CASE
        WHEN value - value = CAST('0' AS DOUBLE) AND ABS(value) < CAST('9007199254740992' AS DOUBLE)
        THEN value
      END AS TEXT) AS DECIMAL(12, 2))
    END AS value,
    CASE
      WHEN TYPEOF(CASE WHEN NOT discount IN (CAST('-999' AS DOUBLE)) THEN discount END) = 'DOUBLE'
      AND CAST(TRY_CAST(CASE WHEN NOT discount IN (CAST('-999' AS DOUBLE)) THEN discount END AS DECIMAL(12, 2)) AS DOUBLE) = CASE WHEN NOT discount IN (CAST('-999' AS DOUBLE)) THEN discount END
      THEN CAST(TRY_CAST(CASE WHEN NOT discount IN (CAST('-999' AS DOUBLE)) THEN discount END AS DECIMAL(12, 2)) AS DECIMAL(12, 2))
      ELSE TRY_CAST(CAST(CASE
        WHEN CASE WHEN NOT discount IN (CAST('-999' AS DOUBLE)) THEN discount END - CASE WHEN NOT discount IN (CAST('-999' AS DOUBLE)) THEN discount END = CAST('0' AS DOUBLE)
        AND ABS(CASE WHEN NOT discount IN (CAST('-999' AS DOUBLE)) THEN discount END) < CAST('9007199254740992' AS DOUBLE)
        THEN CASE WHEN NOT discount IN (CAST('-999' AS DOUBLE)) THEN discount END
      END AS TEXT) AS DECIMAL(12, 2))
    END AS discount,
    CAST(product_id AS BIGINT) AS product_id,
    CAST(quantity AS BIGINT) AS quantity
  FROM sales
),
-- sales: from and until which of 3 periods each row stands, as of 2024-02-19 00:00:00 to
--   2024-03-04 00:00:00
sales_standing AS NOT MATERIALIZED (
  SELECT
    sold_at,
    value,
    discount,
    product_id,
    quantity,
    value + discount AS list_value,
    pmpo_from,
    pmpo_until,
    pmpo_slice
  FROM (
    SELECT
      sold_at,
      value,
      discount,
      product_id,
      quantity,
      CASE
        WHEN sold_at < CAST('2024-02-25 00:00:00.000001' AS TIMESTAMP)
        THEN CASE WHEN sold_at < CAST('2024-02-18 00:00:00.000001' AS TIMESTAMP) THEN 0 ELSE 1 END
        ELSE CASE WHEN sold_at < CAST('2024-03-03 00:00:00.000001' AS TIMESTAMP) THEN 2 ELSE 3 END
      END AS pmpo_from,
      3 AS pmpo_until,
      CASE
        WHEN sold_at >= CAST('2024-02-18 00:00:00' AS TIMESTAMP)
        THEN CASE
          WHEN sold_at >= CAST('2024-02-25 00:00:00.000001' AS TIMESTAMP)
          THEN CASE
            WHEN sold_at >= CAST('2024-03-03 00:00:00.000001' AS TIMESTAMP)
            THEN 12
            ELSE CASE WHEN sold_at >= CAST('2024-03-03 00:00:00' AS TIMESTAMP) THEN 11 ELSE 10 END
          END
          ELSE CASE
            WHEN sold_at >= CAST('2024-02-25 00:00:00' AS TIMESTAMP)
            THEN 9
            ELSE CASE WHEN sold_at >= CAST('2024-02-18 00:00:00.000001' AS TIMESTAMP) THEN 8 ELSE 7 END
          END
        END
        ELSE CASE
          WHEN sold_at >= CAST('2024-01-21 00:00:00' AS TIMESTAMP)
          THEN CASE
            WHEN sold_at >= CAST('2024-02-04 00:00:00' AS TIMESTAMP)
            THEN 6
            ELSE CASE WHEN sold_at >= CAST('2024-01-28 00:00:00' AS TIMESTAMP) THEN 5 ELSE 4 END
          END
          ELSE CASE
            WHEN sold_at >= CAST('2023-12-31 00:00:00' AS TIMESTAMP)
            THEN CASE WHEN sold_at >= CAST('2024-01-07 00:00:00' AS TIMESTAMP) THEN 3 ELSE 2 END
            ELSE CASE WHEN sold_at >= CAST('2023-12-24 00:00:00' AS TIMESTAMP) THEN 1 ELSE 0 END
          END
        END
      END AS pmpo_slice
    FROM sales_read
    WHERE
      sold_at < CAST('2024-03-03 00:00:00.000001' AS TIMESTAMP)
  ) AS within
  WHERE
    quantity > 0
),
-- products: the columns that the charter names, with exact types
products_read AS NOT MATERIALIZED (
  SELECT
    CAST(product_id AS BIGINT) AS product_id,
    department,
    product_type
  FROM products
),
-- products: from and until which of 3 periods each row stands, as of 2024-02-19 00:00:00 to
--   2024-03-04 00:00:00
products_standing AS NOT MATERIALIZED (
  SELECT
    product_id,
    department,
    product_type,
    pmpo_from,
    pmpo_until,
    pmpo_slice
  FROM (
    SELECT
      product_id,
      department,
      product_type,
      0 AS pmpo_from,
      3 AS pmpo_until,
      0 AS pmpo_slice
    FROM products_read
  ) AS within
),
-- one row per product type and period
units AS (
  SELECT
    DENSE_RANK() OVER (ORDER BY key_department, key_product_type) AS pmpo_unit,
    pmpo_boundary,
    key_department,
    key_product_type
  FROM (
    SELECT
      p.pmpo_boundary,
      CAST(k.key_department AS TEXT) AS key_department,
      CAST(k.key_product_type AS TEXT) AS key_product_type
    FROM (
      SELECT
        department AS key_department,
        product_type AS key_product_type,
        pmpo_from,
        pmpo_until
      FROM products_standing
      WHERE
        department IS NOT NULL AND product_type IS NOT NULL
      GROUP BY
        department,
        product_type,
        pmpo_from,
        pmpo_until
    ) AS k
    JOIN (VALUES
      (0),
      (1),
      (2)) AS p(pmpo_boundary)
      ON k.pmpo_from <= p.pmpo_boundary AND k.pmpo_until > p.pmpo_boundary
    GROUP BY
      p.pmpo_boundary,
      k.key_department,
      k.key_product_type
  ) AS keys
),
-- products: the unit of each product_id, and in which periods
products_unit AS (
  SELECT
    pmpo_via_0,
    pmpo_unit,
    pmpo_from,
    pmpo_until
  FROM (
    SELECT
      pmpo_via_0,
      pmpo_unit,
      GREATEST(
        pmpo_from,
        COALESCE(
          MAX(pmpo_until) OVER (
            PARTITION BY pmpo_via_0, pmpo_unit
            ORDER BY pmpo_from, pmpo_until
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
          ),
          0
        )
      ) AS pmpo_from,
      pmpo_until
    FROM (
      SELECT DISTINCT
        r.product_id AS pmpo_via_0,
        u.pmpo_unit,
        r.pmpo_from,
        r.pmpo_until
      FROM products_standing AS r
      JOIN (
        SELECT DISTINCT
          pmpo_unit,
          key_department,
          key_product_type
        FROM units
      ) AS u
        ON CAST(r.department AS TEXT) = u.key_department AND CAST(r.product_type AS TEXT) = u.key_product_type
      WHERE
        r.product_id IS NOT NULL
    ) AS spans
  ) AS apart
  WHERE
    pmpo_from < pmpo_until
),
-- sales: sums and counts of the rows that enter and leave windows together
sales_parts AS (
  SELECT
    product_id AS pmpo_via_0,
    pmpo_slice,
    CASE
      WHEN pmpo_slice < 10
      THEN CASE WHEN pmpo_slice < 8 THEN 0 ELSE 1 END
      ELSE CASE WHEN pmpo_slice < 12 THEN 2 ELSE 3 END
    END AS pmpo_from,
    3 AS pmpo_until,
    COUNT(*) AS pmpo_rows,
    SUM(value) AS part_1,
    SUM(list_value) AS part_2
  FROM sales_standing
  WHERE
    product_id IS NOT NULL AND sold_at >= CAST('2023-12-24 00:00:00' AS TIMESTAMP)
  GROUP BY
    product_id,
    pmpo_slice
),
-- sales: the same by unit, while the rows belonged to it
sales_unit_parts AS (
  SELECT
    m.pmpo_unit,
    r.pmpo_slice,
    GREATEST(r.pmpo_from, m.pmpo_from) AS pmpo_from,
    LEAST(r.pmpo_until, m.pmpo_until) AS pmpo_until,
    SUM(r.pmpo_rows) AS pmpo_rows,
    SUM(r.part_1) AS part_1,
    SUM(r.part_2) AS part_2
  FROM sales_parts AS r
  JOIN products_unit AS m
    ON r.pmpo_via_0 = m.pmpo_via_0 AND r.pmpo_from < m.pmpo_until AND m.pmpo_from < r.pmpo_until
  GROUP BY
    m.pmpo_unit,
    r.pmpo_slice,
    GREATEST(r.pmpo_from, m.pmpo_from),
    LEAST(r.pmpo_until, m.pmpo_until)
),
-- sales: where the windows of each period lie among the slices
sales_periods AS (
  SELECT
    pmpo_boundary,
    low_0,
    high_0,
    low_1,
    high_1,
    low_2,
    high_2
  FROM (VALUES
    (0, 0, 13, 4, 7, 1, 4),
    (1, 0, 13, 5, 9, 2, 5),
    (2, 0, 13, 6, 11, 3, 6)) AS w(pmpo_boundary, low_0, high_0, low_1, high_1, low_2, high_2)
),
-- sales: in which periods which parts are inside which window
sales_inside AS (
  SELECT
    k.pmpo_slice,
    k.pmpo_from,
    k.pmpo_until,
    w.pmpo_boundary,
    CASE
      WHEN w.pmpo_boundary >= k.pmpo_from
      AND w.pmpo_boundary < k.pmpo_until
      AND k.pmpo_slice >= w.low_0
      AND k.pmpo_slice < w.high_0
      THEN 1
      ELSE 0
    END AS in_0,
    CASE
      WHEN w.pmpo_boundary >= k.pmpo_from
      AND w.pmpo_boundary < k.pmpo_until
      AND k.pmpo_slice >= w.low_1
      AND k.pmpo_slice < w.high_1
      THEN 1
      ELSE 0
    END AS in_1,
    CASE
      WHEN w.pmpo_boundary >= k.pmpo_from
      AND w.pmpo_boundary < k.pmpo_until
      AND k.pmpo_slice >= w.low_2
      AND k.pmpo_slice < w.high_2
      THEN 1
      ELSE 0
    END AS in_2
  FROM (
    SELECT DISTINCT
      pmpo_slice,
      pmpo_from,
      pmpo_until
    FROM sales_unit_parts
  ) AS k
  CROSS JOIN sales_periods AS w
),
-- sales: in which periods which parts enter and leave which window
sales_moves AS (
  SELECT
    *
  FROM (
    SELECT
      pmpo_slice,
      pmpo_from,
      pmpo_until,
      pmpo_boundary,
      in_0 - COALESCE(LAG(in_0) OVER (PARTITION BY pmpo_slice, pmpo_from, pmpo_until ORDER BY pmpo_boundary), 0) AS move_0,
      in_1 - COALESCE(LAG(in_1) OVER (PARTITION BY pmpo_slice, pmpo_from, pmpo_until ORDER BY pmpo_boundary), 0) AS move_1,
      in_2 - COALESCE(LAG(in_2) OVER (PARTITION BY pmpo_slice, pmpo_from, pmpo_until ORDER BY pmpo_boundary), 0) AS move_2
    FROM sales_inside
  ) AS moved
  WHERE
    (move_0 <> 0 OR move_1 <> 0 OR move_2 <> 0)
),
-- sales: what the sums and counts of each unit gain and lose
sales_changes AS (
  SELECT
    a.pmpo_unit,
    b.pmpo_boundary,
    SUM(CASE WHEN b.move_0 = 1 THEN a.pmpo_rows WHEN b.move_0 = -1 THEN -a.pmpo_rows END) AS pmpo_rows,
    SUM(CASE WHEN b.move_1 = 1 THEN a.part_1 WHEN b.move_1 = -1 THEN -a.part_1 END) AS sum_1,
    SUM(
      CASE
        WHEN b.move_1 = 1
        THEN CASE WHEN a.part_1 IS NOT NULL THEN 1 END
        WHEN b.move_1 = -1
        THEN -CASE WHEN a.part_1 IS NOT NULL THEN 1 END
      END
    ) AS sum_1_n,
    SUM(CASE WHEN b.move_2 = 1 THEN a.part_1 WHEN b.move_2 = -1 THEN -a.part_1 END) AS sum_2,
    SUM(
      CASE
        WHEN b.move_2 = 1
        THEN CASE WHEN a.part_1 IS NOT NULL THEN 1 END
        WHEN b.move_2 = -1
        THEN -CASE WHEN a.part_1 IS NOT NULL THEN 1 END
      END
    ) AS sum_2_n,
    SUM(CASE WHEN b.move_1 = 1 THEN a.part_2 WHEN b.move_1 = -1 THEN -a.part_2 END) AS sum_3,
    SUM(
      CASE
        WHEN b.move_1 = 1
        THEN CASE WHEN a.part_2 IS NOT NULL THEN 1 END
        WHEN b.move_1 = -1
        THEN -CASE WHEN a.part_2 IS NOT NULL THEN 1 END
      END
    ) AS sum_3_n
  FROM sales_unit_parts AS a
  JOIN sales_moves AS b
    ON a.pmpo_slice = b.pmpo_slice AND a.pmpo_from = b.pmpo_from AND a.pmpo_until = b.pmpo_until
  GROUP BY
    a.pmpo_unit,
    b.pmpo_boundary
),
-- sales: exact sums and counts for each unit and period
sales_atoms AS (
  SELECT
    u.pmpo_unit,
    p.pmpo_boundary,
    SUM(COALESCE(c.pmpo_rows, 0)) OVER (PARTITION BY u.pmpo_unit ORDER BY p.pmpo_boundary ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS pmpo_rows,
    CASE
      WHEN SUM(COALESCE(c.sum_1_n, 0)) OVER (PARTITION BY u.pmpo_unit ORDER BY p.pmpo_boundary ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) > 0
      THEN SUM(c.sum_1) OVER (PARTITION BY u.pmpo_unit ORDER BY p.pmpo_boundary ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    END AS sum_1,
    CASE
      WHEN SUM(COALESCE(c.sum_2_n, 0)) OVER (PARTITION BY u.pmpo_unit ORDER BY p.pmpo_boundary ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) > 0
      THEN SUM(c.sum_2) OVER (PARTITION BY u.pmpo_unit ORDER BY p.pmpo_boundary ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    END AS sum_2,
    CASE
      WHEN SUM(COALESCE(c.sum_3_n, 0)) OVER (PARTITION BY u.pmpo_unit ORDER BY p.pmpo_boundary ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) > 0
      THEN SUM(c.sum_3) OVER (PARTITION BY u.pmpo_unit ORDER BY p.pmpo_boundary ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    END AS sum_3
  FROM (
    SELECT DISTINCT
      pmpo_unit
    FROM sales_changes
  ) AS u
  CROSS JOIN (VALUES
    (0),
    (1),
    (2)) AS p(pmpo_boundary)
  LEFT JOIN sales_changes AS c
    ON u.pmpo_unit = c.pmpo_unit AND p.pmpo_boundary = c.pmpo_boundary
),
-- all sources side by side, one row per unit and period
atoms AS (
  SELECT
    u.pmpo_boundary,
    u.key_department,
    u.key_product_type,
    sales_atoms.sum_1,
    sales_atoms.sum_2,
    sales_atoms.sum_3
  FROM units AS u
  LEFT JOIN sales_atoms
    ON u.pmpo_boundary = sales_atoms.pmpo_boundary AND u.pmpo_unit = sales_atoms.pmpo_unit
),
-- formulas of growth, realisation
formulas_1 AS (
  SELECT
    pmpo_boundary,
    key_department,
    key_product_type,
    sum_1,
    sum_2,
    sum_3,
    CAST(CAST(sum_1 AS TEXT) AS DOUBLE) / NULLIF(CAST(CAST(sum_2 AS TEXT) AS DOUBLE), CAST('0' AS DOUBLE)) - CAST('1' AS DOUBLE) AS signal_growth,
    CAST(CAST(sum_1 AS TEXT) AS DOUBLE) / NULLIF(CAST(CAST(sum_3 AS TEXT) AS DOUBLE), CAST('0' AS DOUBLE)) AS signal_realisation
  FROM atoms
),
-- rounded to the declared precision; what is not a finite number is missing
signals_1 AS (
  SELECT
    pmpo_boundary,
    key_department,
    key_product_type,
    sum_1,
    sum_2,
    sum_3,
    CASE
      WHEN signal_growth - signal_growth = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_growth) < CAST('900719925474.0992' AS DOUBLE)
        THEN CAST(FLOOR(signal_growth * CAST('10000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('10000' AS DOUBLE)
        ELSE signal_growth
      END
    END AS signal_growth,
    CASE
      WHEN signal_realisation - signal_realisation = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_realisation) < CAST('900719925474.0992' AS DOUBLE)
        THEN CAST(FLOOR(signal_realisation * CAST('10000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('10000' AS DOUBLE)
        ELSE signal_realisation
      END
    END AS signal_realisation
  FROM formulas_1
),
-- formulas of margin
formulas_2 AS (
  SELECT
    pmpo_boundary,
    key_department,
    key_product_type,
    signal_growth,
    signal_realisation,
    CAST('1' AS DOUBLE) - CAST('0.71' AS DOUBLE) / NULLIF(signal_realisation, CAST('0' AS DOUBLE)) AS signal_margin
  FROM signals_1
),
-- rounded to the declared precision; what is not a finite number is missing
signals_2 AS (
  SELECT
    pmpo_boundary,
    key_department,
    key_product_type,
    signal_growth,
    signal_realisation,
    CASE
      WHEN signal_margin - signal_margin = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_margin) < CAST('900719925474.0992' AS DOUBLE)
        THEN CAST(FLOOR(signal_margin * CAST('10000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('10000' AS DOUBLE)
        ELSE signal_margin
      END
    END AS signal_margin
  FROM formulas_2
)
SELECT
  2 - pmpo_boundary AS period,
  key_department,
  key_product_type,
  signal_growth,
  signal_realisation,
  signal_margin
FROM signals_2
ORDER BY
  pmpo_boundary,
  key_department,
  key_product_type
