-- pmpo range-review as of 2024-03-04T00:00:00+09:00, known by 2024-03-04T00:00:00+09:00 (DuckDB)
WITH
-- products: the columns that the charter names, with exact types
products_read AS NOT MATERIALIZED (
  SELECT
    CAST(product_id AS BIGINT) AS product_id,
    department,
    product_type
  FROM products
),
-- products: as it was captured, as of 2024-03-04 00:00:00, known by 2024-03-04 00:00:00
products_known AS NOT MATERIALIZED (
  SELECT
    product_id,
    department,
    product_type
  FROM products_read
),
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
-- sales: what had happened and was known, as of 2024-03-04 00:00:00, known by 2024-03-04 00:00:00
sales_known AS NOT MATERIALIZED (
  SELECT
    sold_at,
    value,
    discount,
    product_id,
    quantity,
    value + discount AS list_value
  FROM sales_read
  WHERE
    sold_at < CAST('2024-03-04 00:00:00' AS TIMESTAMP)
    AND sold_at <= CAST('2024-03-03 00:00:00' AS TIMESTAMP)
    AND quantity > 0
),
-- one row per product type, in key order
units AS (
  SELECT
    ROW_NUMBER() OVER (ORDER BY key_department, key_product_type) AS pmpo_unit,
    key_department,
    key_product_type
  FROM (
    SELECT
      CAST(department AS TEXT) AS key_department,
      CAST(product_type AS TEXT) AS key_product_type
    FROM products_known
    WHERE
      department IS NOT NULL AND product_type IS NOT NULL
    GROUP BY
      department,
      product_type
  ) AS keys
),
-- products: the unit of each product_id
products_unit AS (
  SELECT DISTINCT
    r.product_id AS pmpo_via_1,
    u.pmpo_unit
  FROM products_known AS r
  JOIN units AS u
    ON CAST(r.department AS TEXT) = u.key_department AND CAST(r.product_type AS TEXT) = u.key_product_type
  WHERE
    r.product_id IS NOT NULL
),
-- sales: exact sums and counts for each unit
sales_atoms AS (
  SELECT
    m.pmpo_unit,
    SUM(
      CASE
        WHEN sold_at >= CAST('2024-02-04 00:00:00' AS TIMESTAMP)
        AND sold_at < CAST('2024-03-03 00:00:00' AS TIMESTAMP)
        THEN value
      END
    ) AS sum_1,
    SUM(
      CASE
        WHEN sold_at >= CAST('2024-01-07 00:00:00' AS TIMESTAMP)
        AND sold_at < CAST('2024-02-04 00:00:00' AS TIMESTAMP)
        THEN value
      END
    ) AS sum_2,
    SUM(
      CASE
        WHEN sold_at >= CAST('2024-02-04 00:00:00' AS TIMESTAMP)
        AND sold_at < CAST('2024-03-03 00:00:00' AS TIMESTAMP)
        THEN list_value
      END
    ) AS sum_3
  FROM sales_known AS r
  JOIN products_unit AS m
    ON r.product_id = m.pmpo_via_1
  WHERE
    sold_at >= CAST('2024-01-07 00:00:00' AS TIMESTAMP)
  GROUP BY
    m.pmpo_unit
),
-- all sources side by side, one row per unit
atoms AS (
  SELECT
    u.key_department,
    u.key_product_type,
    sales_atoms.sum_1,
    sales_atoms.sum_2,
    sales_atoms.sum_3
  FROM units AS u
  LEFT JOIN sales_atoms
    ON u.pmpo_unit = sales_atoms.pmpo_unit
),
-- formulas of growth, realisation
formulas_1 AS (
  SELECT
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
  key_department,
  key_product_type,
  signal_growth,
  signal_realisation,
  signal_margin
FROM signals_2
ORDER BY
  key_department,
  key_product_type
