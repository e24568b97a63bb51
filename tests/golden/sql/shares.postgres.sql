-- pmpo shares as of 2024-03-04T00:00:00+09:00, known by 2024-03-04T00:00:00+09:00 (PostgreSQL;
--   the session's TimeZone is UTC)
WITH
-- items: the columns that the charter names, with exact types
items_read AS NOT MATERIALIZED (
  SELECT
    store,
    CAST(sku AS BIGINT) AS sku
  FROM items
),
-- items: as it was captured, as of 2024-03-04 00:00:00, known by 2024-03-04 00:00:00
items_known AS NOT MATERIALIZED (
  SELECT
    store,
    sku
  FROM items_read
),
-- sales: the columns that the charter names, with exact types
sales_read AS NOT MATERIALIZED (
  SELECT
    CAST(at AS TIMESTAMP) AS at,
    CAST(id AS BIGINT) AS id,
    value,
    store,
    CAST(sku AS BIGINT) AS sku
  FROM sales
),
-- sales: what had happened and was known, as of 2024-03-04 00:00:00, known by 2024-03-04 00:00:00
sales_known AS NOT MATERIALIZED (
  SELECT
    at,
    id,
    value,
    store,
    sku
  FROM sales_read
  WHERE
    at < CAST('2024-03-04 00:00:00' AS TIMESTAMP) AND at <= CAST('2024-03-04 00:00:00' AS TIMESTAMP)
),
-- one row per item, in key order
units AS (
  SELECT
    ROW_NUMBER() OVER (ORDER BY key_store COLLATE "C", key_sku COLLATE "C") AS pmpo_unit,
    key_store,
    key_sku
  FROM (
    SELECT
      CAST(store AS TEXT) AS key_store,
      CAST(sku AS TEXT) AS key_sku
    FROM items_known
    WHERE
      store IS NOT NULL AND sku IS NOT NULL
    GROUP BY
      store,
      sku
  ) AS keys
),
-- sales: exact sums and counts for each unit
sales_atoms AS (
  SELECT
    store AS key_store,
    sku AS key_sku,
    SUM(value) AS sum_1
  FROM sales_known AS r
  GROUP BY
    store,
    sku
),
-- all sources side by side, one row per unit
atoms AS (
  SELECT
    u.key_store,
    u.key_sku,
    sales_atoms.sum_1
  FROM units AS u
  LEFT JOIN sales_atoms
    ON u.key_store = CAST(sales_atoms.key_store AS TEXT) AND u.key_sku = CAST(sales_atoms.key_sku AS TEXT)
),
-- formulas of turnover
formulas_1 AS (
  SELECT
    key_store,
    key_sku,
    sum_1,
    CAST(CAST(sum_1 AS TEXT) AS DOUBLE PRECISION) / NULLIF(CAST('8' AS DOUBLE PRECISION), CAST('0' AS DOUBLE PRECISION)) AS signal_turnover
  FROM atoms
),
-- rounded to the declared precision; what is not a finite number is missing
signals_1 AS (
  SELECT
    key_store,
    key_sku,
    sum_1,
    CASE
      WHEN signal_turnover - signal_turnover = CAST('0' AS DOUBLE PRECISION)
      THEN CASE
        WHEN ABS(signal_turnover) < CAST('900719925474099.2' AS DOUBLE PRECISION)
        THEN CAST(FLOOR(signal_turnover * CAST('10' AS DOUBLE PRECISION) + CAST('0.5' AS DOUBLE PRECISION)) AS DOUBLE PRECISION) / CAST('10' AS DOUBLE PRECISION)
        ELSE signal_turnover
      END
    END AS signal_turnover
  FROM formulas_1
),
-- formulas of cumulated, ranked, none
formulas_2 AS (
  SELECT
    key_store,
    key_sku,
    sum_1,
    signal_turnover,
    CASE
      WHEN CASE
        WHEN ABS(signal_turnover) < CAST('900000000000000000' AS DOUBLE PRECISION)
        THEN CAST(FLOOR(signal_turnover * CAST('10' AS DOUBLE PRECISION) + CAST('0.5' AS DOUBLE PRECISION)) AS BIGINT)
      END IS NOT NULL
      THEN CAST(CAST(SUM(
        CASE
          WHEN CASE
            WHEN ABS(signal_turnover) < CAST('900000000000000000' AS DOUBLE PRECISION)
            THEN CAST(FLOOR(signal_turnover * CAST('10' AS DOUBLE PRECISION) + CAST('0.5' AS DOUBLE PRECISION)) AS BIGINT)
          END > 0
          THEN CASE
            WHEN ABS(signal_turnover) < CAST('900000000000000000' AS DOUBLE PRECISION)
            THEN CAST(FLOOR(signal_turnover * CAST('10' AS DOUBLE PRECISION) + CAST('0.5' AS DOUBLE PRECISION)) AS BIGINT)
          END
          ELSE 0
        END
      ) OVER (
        ORDER BY CASE
          WHEN ABS(signal_turnover) < CAST('900000000000000000' AS DOUBLE PRECISION)
          THEN CAST(FLOOR(signal_turnover * CAST('10' AS DOUBLE PRECISION) + CAST('0.5' AS DOUBLE PRECISION)) AS BIGINT)
        END DESC NULLS LAST, key_store COLLATE "C", key_sku COLLATE "C"
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) AS TEXT) AS DOUBLE PRECISION) / NULLIF(
        CAST(CAST(SUM(
          CASE
            WHEN CASE
              WHEN ABS(signal_turnover) < CAST('900000000000000000' AS DOUBLE PRECISION)
              THEN CAST(FLOOR(signal_turnover * CAST('10' AS DOUBLE PRECISION) + CAST('0.5' AS DOUBLE PRECISION)) AS BIGINT)
            END > 0
            THEN CASE
              WHEN ABS(signal_turnover) < CAST('900000000000000000' AS DOUBLE PRECISION)
              THEN CAST(FLOOR(signal_turnover * CAST('10' AS DOUBLE PRECISION) + CAST('0.5' AS DOUBLE PRECISION)) AS BIGINT)
            END
            ELSE 0
          END
        ) OVER () AS TEXT) AS DOUBLE PRECISION),
        CAST('0' AS DOUBLE PRECISION)
      )
    END AS signal_cumulated,
    CASE
      WHEN CASE
        WHEN ABS(signal_turnover) < CAST('900000000000000000' AS DOUBLE PRECISION)
        THEN CAST(FLOOR(signal_turnover * CAST('10' AS DOUBLE PRECISION) + CAST('0.5' AS DOUBLE PRECISION)) AS BIGINT)
      END IS NOT NULL
      THEN CAST(ROW_NUMBER() OVER (
        ORDER BY CASE
          WHEN ABS(signal_turnover) < CAST('900000000000000000' AS DOUBLE PRECISION)
          THEN CAST(FLOOR(signal_turnover * CAST('10' AS DOUBLE PRECISION) + CAST('0.5' AS DOUBLE PRECISION)) AS BIGINT)
        END DESC NULLS LAST, key_store COLLATE "C", key_sku COLLATE "C"
      ) AS DOUBLE PRECISION) / CAST(COUNT(
        CASE
          WHEN ABS(signal_turnover) < CAST('900000000000000000' AS DOUBLE PRECISION)
          THEN CAST(FLOOR(signal_turnover * CAST('10' AS DOUBLE PRECISION) + CAST('0.5' AS DOUBLE PRECISION)) AS BIGINT)
        END
      ) OVER () AS DOUBLE PRECISION)
    END AS signal_ranked,
    signal_turnover * CAST('0' AS DOUBLE PRECISION) AS signal_none
  FROM signals_1
),
-- rounded to the declared precision; what is not a finite number is missing
signals_2 AS (
  SELECT
    key_store,
    key_sku,
    sum_1,
    signal_turnover,
    CASE
      WHEN signal_cumulated - signal_cumulated = CAST('0' AS DOUBLE PRECISION)
      THEN CASE
        WHEN ABS(signal_cumulated) < CAST('9007.199254740992' AS DOUBLE PRECISION)
        THEN CAST(FLOOR(signal_cumulated * CAST('1000000000000' AS DOUBLE PRECISION) + CAST('0.5' AS DOUBLE PRECISION)) AS DOUBLE PRECISION) / CAST('1000000000000' AS DOUBLE PRECISION)
        ELSE signal_cumulated
      END
    END AS signal_cumulated,
    CASE
      WHEN signal_ranked - signal_ranked = CAST('0' AS DOUBLE PRECISION)
      THEN CASE
        WHEN ABS(signal_ranked) < CAST('9007.199254740992' AS DOUBLE PRECISION)
        THEN CAST(FLOOR(signal_ranked * CAST('1000000000000' AS DOUBLE PRECISION) + CAST('0.5' AS DOUBLE PRECISION)) AS DOUBLE PRECISION) / CAST('1000000000000' AS DOUBLE PRECISION)
        ELSE signal_ranked
      END
    END AS signal_ranked,
    CASE
      WHEN signal_none - signal_none = CAST('0' AS DOUBLE PRECISION)
      THEN CASE
        WHEN ABS(signal_none) < CAST('9007199254.740992' AS DOUBLE PRECISION)
        THEN CAST(FLOOR(signal_none * CAST('1000000' AS DOUBLE PRECISION) + CAST('0.5' AS DOUBLE PRECISION)) AS DOUBLE PRECISION) / CAST('1000000' AS DOUBLE PRECISION)
        ELSE signal_none
      END
    END AS signal_none
  FROM formulas_2
),
-- formulas of class, nothing
formulas_3 AS (
  SELECT
    key_store,
    key_sku,
    signal_turnover,
    signal_cumulated,
    signal_ranked,
    signal_none,
    CASE
      WHEN signal_cumulated <= CAST('0.8' AS DOUBLE PRECISION)
      THEN 'A'
      WHEN signal_cumulated <= CAST('0.95' AS DOUBLE PRECISION)
      THEN 'B'
      ELSE 'C'
    END AS signal_class,
    CASE
      WHEN CASE
        WHEN ABS(signal_none) < CAST('9000000000000' AS DOUBLE PRECISION)
        THEN CAST(FLOOR(signal_none * CAST('1000000' AS DOUBLE PRECISION) + CAST('0.5' AS DOUBLE PRECISION)) AS BIGINT)
      END IS NOT NULL
      THEN CAST(CAST(SUM(
        CASE
          WHEN CASE
            WHEN ABS(signal_none) < CAST('9000000000000' AS DOUBLE PRECISION)
            THEN CAST(FLOOR(signal_none * CAST('1000000' AS DOUBLE PRECISION) + CAST('0.5' AS DOUBLE PRECISION)) AS BIGINT)
          END > 0
          THEN CASE
            WHEN ABS(signal_none) < CAST('9000000000000' AS DOUBLE PRECISION)
            THEN CAST(FLOOR(signal_none * CAST('1000000' AS DOUBLE PRECISION) + CAST('0.5' AS DOUBLE PRECISION)) AS BIGINT)
          END
          ELSE 0
        END
      ) OVER (
        ORDER BY CASE
          WHEN ABS(signal_none) < CAST('9000000000000' AS DOUBLE PRECISION)
          THEN CAST(FLOOR(signal_none * CAST('1000000' AS DOUBLE PRECISION) + CAST('0.5' AS DOUBLE PRECISION)) AS BIGINT)
        END DESC NULLS LAST, key_store COLLATE "C", key_sku COLLATE "C"
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) AS TEXT) AS DOUBLE PRECISION) / NULLIF(
        CAST(CAST(SUM(
          CASE
            WHEN CASE
              WHEN ABS(signal_none) < CAST('9000000000000' AS DOUBLE PRECISION)
              THEN CAST(FLOOR(signal_none * CAST('1000000' AS DOUBLE PRECISION) + CAST('0.5' AS DOUBLE PRECISION)) AS BIGINT)
            END > 0
            THEN CASE
              WHEN ABS(signal_none) < CAST('9000000000000' AS DOUBLE PRECISION)
              THEN CAST(FLOOR(signal_none * CAST('1000000' AS DOUBLE PRECISION) + CAST('0.5' AS DOUBLE PRECISION)) AS BIGINT)
            END
            ELSE 0
          END
        ) OVER () AS TEXT) AS DOUBLE PRECISION),
        CAST('0' AS DOUBLE PRECISION)
      )
    END AS signal_nothing
  FROM signals_2
),
-- rounded to the declared precision; what is not a finite number is missing
signals_3 AS (
  SELECT
    key_store,
    key_sku,
    signal_turnover,
    signal_cumulated,
    signal_ranked,
    signal_none,
    signal_class,
    CASE
      WHEN signal_nothing - signal_nothing = CAST('0' AS DOUBLE PRECISION)
      THEN CASE
        WHEN ABS(signal_nothing) < CAST('9007199254.740992' AS DOUBLE PRECISION)
        THEN CAST(FLOOR(signal_nothing * CAST('1000000' AS DOUBLE PRECISION) + CAST('0.5' AS DOUBLE PRECISION)) AS DOUBLE PRECISION) / CAST('1000000' AS DOUBLE PRECISION)
        ELSE signal_nothing
      END
    END AS signal_nothing
  FROM formulas_3
)
SELECT
  key_store,
  key_sku,
  signal_turnover,
  signal_cumulated,
  signal_ranked,
  signal_class,
  signal_nothing,
  signal_none
FROM signals_3
ORDER BY
  key_store COLLATE "C",
  key_sku COLLATE "C"
