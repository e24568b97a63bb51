-- pmpo periods as of 2024-03-04T00:00:00+09:00, known by 2024-03-04T00:00:00+09:00 (DuckDB)
WITH
-- shops: the columns that the charter names, with exact types
shops_read AS (
  SELECT
    shop,
    region
  FROM shops
),
-- shops: as it was captured, as of 2024-03-04 00:00:00, known by 2024-03-04 00:00:00
shops_known AS (
  SELECT
    shop,
    region
  FROM shops_read
),
-- goods: the columns that the charter names, with exact types
goods_read AS NOT MATERIALIZED (
  SELECT
    CAST(good AS BIGINT) AS good,
    shop
  FROM goods
),
-- goods: as it was captured, as of 2024-03-04 00:00:00, known by 2024-03-04 00:00:00
goods_known AS NOT MATERIALIZED (
  SELECT
    good,
    shop
  FROM goods_read
),
-- sales: the columns that the charter names, with exact types
sales_read AS NOT MATERIALIZED (
  SELECT
    CAST(sold_at AS TIMESTAMP) AS sold_at,
    CAST(sale_id AS BIGINT) AS sale_id,
    CASE
      WHEN TYPEOF(value) = 'DOUBLE' AND CAST(TRY_CAST(value AS DECIMAL(12, 2)) AS DOUBLE) = value
      THEN CAST(TRY_CAST(value AS DECIMAL(12, 2)) AS DECIMAL(12, 2))
      ELSE TRY_CAST(CAST(CASE
        WHEN value - value = CAST('0' AS DOUBLE) AND ABS(value) < CAST('9007199254740992' AS DOUBLE)
        THEN value
      END AS TEXT) AS DECIMAL(12, 2))
    END AS value,
    CAST(good AS BIGINT) AS good
  FROM sales
),
-- sales: what had happened and was known, as of 2024-03-04 00:00:00, known by 2024-03-04 00:00:00
sales_known AS NOT MATERIALIZED (
  SELECT
    sold_at,
    sale_id,
    value,
    good
  FROM sales_read
  WHERE
    sold_at < CAST('2024-03-04 00:00:00' AS TIMESTAMP)
    AND sold_at <= CAST('2024-03-04 00:00:00' AS TIMESTAMP)
),
-- visits: the columns that the charter names, with exact types
visits_read AS NOT MATERIALIZED (
  SELECT
    CAST("at" AS TIMESTAMP) AS "at",
    CAST(id AS BIGINT) AS id,
    CAST(people AS BIGINT) AS people,
    shop
  FROM visits
),
-- visits: what had happened and was known, as of 2024-03-04 00:00:00, known by 2024-03-04
--   00:00:00
visits_known AS NOT MATERIALIZED (
  SELECT
    "at",
    id,
    people,
    shop
  FROM visits_read
  WHERE
    "at" < CAST('2024-03-04 00:00:00' AS TIMESTAMP) AND "at" <= CAST('2024-03-04 00:00:00' AS TIMESTAMP)
),
-- one row per shop, in key order
units AS (
  SELECT
    ROW_NUMBER() OVER (ORDER BY key_shop) AS pmpo_unit,
    key_shop,
    about_region
  FROM (
    SELECT
      CAST(shop AS TEXT) AS key_shop,
      MIN(region) AS about_region
    FROM shops_known
    WHERE
      shop IS NOT NULL
    GROUP BY
      shop
  ) AS keys
),
-- goods: the unit of each good
goods_unit AS (
  SELECT DISTINCT
    r.good AS pmpo_via_1,
    u.pmpo_unit
  FROM goods_known AS r
  JOIN units AS u
    ON CAST(r.shop AS TEXT) = u.key_shop
  WHERE
    r.good IS NOT NULL
),
-- sales: exact sums and counts for each unit
sales_atoms AS (
  SELECT
    m.pmpo_unit,
    SUM(
      CASE
        WHEN sold_at >= CAST('2024-02-19 00:00:00' AS TIMESTAMP)
        AND sold_at < CAST('2024-03-04 00:00:00' AS TIMESTAMP)
        THEN value
      END
    ) AS sum_1
  FROM sales_known AS r
  JOIN goods_unit AS m
    ON r.good = m.pmpo_via_1
  GROUP BY
    m.pmpo_unit
),
-- visits: exact sums and counts for each unit
visits_atoms AS (
  SELECT
    shop AS key_shop
  FROM visits_known AS r
  GROUP BY
    shop
),
-- sales: exact sums and counts for each unit and period
sales_each_1 AS (
  SELECT
    m.pmpo_unit,
    CASE
      WHEN sold_at >= CAST('2024-02-19 00:00:00' AS TIMESTAMP)
      THEN CASE WHEN sold_at >= CAST('2024-02-26 00:00:00' AS TIMESTAMP) THEN 0 ELSE 1 END
      ELSE CASE
        WHEN sold_at >= CAST('2024-02-12 00:00:00' AS TIMESTAMP)
        THEN 2
        ELSE CASE WHEN sold_at >= CAST('2024-02-05 00:00:00' AS TIMESTAMP) THEN 3 ELSE 4 END
      END
    END AS pmpo_period,
    SUM(value) AS each_1_sum_1
  FROM sales_known AS r
  JOIN goods_unit AS m
    ON r.good = m.pmpo_via_1
  WHERE
    sold_at >= CAST('2024-01-29 00:00:00' AS TIMESTAMP)
    AND sold_at < CAST('2024-03-04 00:00:00' AS TIMESTAMP)
  GROUP BY
    m.pmpo_unit,
    CASE
      WHEN sold_at >= CAST('2024-02-19 00:00:00' AS TIMESTAMP)
      THEN CASE WHEN sold_at >= CAST('2024-02-26 00:00:00' AS TIMESTAMP) THEN 0 ELSE 1 END
      ELSE CASE
        WHEN sold_at >= CAST('2024-02-12 00:00:00' AS TIMESTAMP)
        THEN 2
        ELSE CASE WHEN sold_at >= CAST('2024-02-05 00:00:00' AS TIMESTAMP) THEN 3 ELSE 4 END
      END
    END
),
-- each_1: every unit with every one of the last 5 periods of 1 week
each_1_atoms AS (
  SELECT
    u.pmpo_unit,
    u.key_shop,
    u.about_region,
    sales_each_1.each_1_sum_1
  FROM units AS u
  CROSS JOIN (VALUES
    (0),
    (1),
    (2),
    (3),
    (4)) AS p(pmpo_period)
  LEFT JOIN sales_atoms
    ON u.pmpo_unit = sales_atoms.pmpo_unit
  LEFT JOIN sales_each_1
    ON u.pmpo_unit = sales_each_1.pmpo_unit AND p.pmpo_period = sales_each_1.pmpo_period
),
-- each_1: the formula of each period
each_1_formula AS (
  SELECT
    pmpo_unit,
    CAST(CAST(each_1_sum_1 AS TEXT) AS DOUBLE) AS x
  FROM each_1_atoms
),
-- each_1: as whole numbers of the last of 2 digits
each_1_values AS (
  SELECT
    pmpo_unit,
    CASE
      WHEN ABS(x) < CAST('90071992547409.92' AS DOUBLE)
      THEN CASE
        WHEN x - x = CAST('0' AS DOUBLE)
        THEN CAST(FLOOR(x * CAST('100' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS BIGINT)
      END
    END AS value
  FROM each_1_formula
),
-- each_1: how many periods have a value, its exact moments and nearest ranks
each_1 AS (
  SELECT
    pmpo_unit,
    COUNT(value) AS each_1_n,
    SUM(value) AS each_1_sum,
    SUM(CAST(value AS INT128) * CAST(value AS INT128)) AS each_1_squares,
    MAX(CASE WHEN place = ((n * 5 + 9) // 10) THEN value END) AS each_1_p50,
    MAX(CASE WHEN place = ((n * 9 + 9) // 10) THEN value END) AS each_1_p90
  FROM (
    SELECT
      pmpo_unit,
      value,
      ROW_NUMBER() OVER (PARTITION BY pmpo_unit ORDER BY value) AS place,
      COUNT(value) OVER (PARTITION BY pmpo_unit) AS n
    FROM each_1_values
    WHERE
      value IS NOT NULL
  ) AS ranked
  GROUP BY
    pmpo_unit
),
-- sales: exact sums and counts for each unit and period
sales_each_2 AS (
  SELECT
    m.pmpo_unit,
    CASE
      WHEN sold_at >= CAST('2024-02-19 00:00:00' AS TIMESTAMP)
      THEN CASE WHEN sold_at >= CAST('2024-02-26 00:00:00' AS TIMESTAMP) THEN 0 ELSE 1 END
      ELSE CASE
        WHEN sold_at >= CAST('2024-02-12 00:00:00' AS TIMESTAMP)
        THEN 2
        ELSE CASE WHEN sold_at >= CAST('2024-02-05 00:00:00' AS TIMESTAMP) THEN 3 ELSE 4 END
      END
    END AS pmpo_period,
    SUM(value) AS each_2_sum_1
  FROM sales_known AS r
  JOIN goods_unit AS m
    ON r.good = m.pmpo_via_1
  WHERE
    sold_at >= CAST('2024-01-29 00:00:00' AS TIMESTAMP)
    AND sold_at < CAST('2024-03-04 00:00:00' AS TIMESTAMP)
  GROUP BY
    m.pmpo_unit,
    CASE
      WHEN sold_at >= CAST('2024-02-19 00:00:00' AS TIMESTAMP)
      THEN CASE WHEN sold_at >= CAST('2024-02-26 00:00:00' AS TIMESTAMP) THEN 0 ELSE 1 END
      ELSE CASE
        WHEN sold_at >= CAST('2024-02-12 00:00:00' AS TIMESTAMP)
        THEN 2
        ELSE CASE WHEN sold_at >= CAST('2024-02-05 00:00:00' AS TIMESTAMP) THEN 3 ELSE 4 END
      END
    END
),
-- each_2: every unit with every one of the last 5 periods of 1 week
each_2_atoms AS (
  SELECT
    u.pmpo_unit,
    u.key_shop,
    u.about_region,
    sales_each_2.each_2_sum_1
  FROM units AS u
  CROSS JOIN (VALUES
    (0),
    (1),
    (2),
    (3),
    (4)) AS p(pmpo_period)
  LEFT JOIN sales_atoms
    ON u.pmpo_unit = sales_atoms.pmpo_unit
  LEFT JOIN sales_each_2
    ON u.pmpo_unit = sales_each_2.pmpo_unit AND p.pmpo_period = sales_each_2.pmpo_period
),
-- each_2: the formula of each period
each_2_formula AS (
  SELECT
    pmpo_unit,
    COALESCE(CAST(CAST(each_2_sum_1 AS TEXT) AS DOUBLE), CAST('0' AS DOUBLE)) AS x
  FROM each_2_atoms
),
-- each_2: as whole numbers of the last of 6 digits
each_2_values AS (
  SELECT
    pmpo_unit,
    CASE
      WHEN ABS(x) < CAST('9007199254.740992' AS DOUBLE)
      THEN CASE
        WHEN x - x = CAST('0' AS DOUBLE)
        THEN CAST(FLOOR(x * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS BIGINT)
      END
    END AS value
  FROM each_2_formula
),
-- each_2: how many periods have a value, its exact moments and nearest ranks
each_2 AS (
  SELECT
    pmpo_unit,
    COUNT(value) AS each_2_n,
    SUM(value) AS each_2_sum,
    SUM(CAST(value AS INT128) * CAST(value AS INT128)) AS each_2_squares,
    MAX(CASE WHEN place = ((n * 5 + 9) // 10) THEN value END) AS each_2_p50,
    MAX(CASE WHEN place = ((n * 9 + 9) // 10) THEN value END) AS each_2_p90
  FROM (
    SELECT
      pmpo_unit,
      value,
      ROW_NUMBER() OVER (PARTITION BY pmpo_unit ORDER BY value) AS place,
      COUNT(value) OVER (PARTITION BY pmpo_unit) AS n
    FROM each_2_values
    WHERE
      value IS NOT NULL
  ) AS ranked
  GROUP BY
    pmpo_unit
),
-- sales: exact sums and counts for each unit and period
sales_each_3 AS (
  SELECT
    m.pmpo_unit,
    CASE
      WHEN sold_at >= CAST('2024-02-03 00:00:00' AS TIMESTAMP)
      THEN CASE
        WHEN sold_at >= CAST('2024-02-18 00:00:00' AS TIMESTAMP)
        THEN CASE
          WHEN sold_at >= CAST('2024-02-26 00:00:00' AS TIMESTAMP)
          THEN CASE
            WHEN sold_at >= CAST('2024-03-01 00:00:00' AS TIMESTAMP)
            THEN CASE
              WHEN sold_at >= CAST('2024-03-03 00:00:00' AS TIMESTAMP)
              THEN 0
              ELSE CASE WHEN sold_at >= CAST('2024-03-02 00:00:00' AS TIMESTAMP) THEN 1 ELSE 2 END
            END
            ELSE CASE
              WHEN sold_at >= CAST('2024-02-28 00:00:00' AS TIMESTAMP)
              THEN CASE WHEN sold_at >= CAST('2024-02-29 00:00:00' AS TIMESTAMP) THEN 3 ELSE 4 END
              ELSE CASE WHEN sold_at >= CAST('2024-02-27 00:00:00' AS TIMESTAMP) THEN 5 ELSE 6 END
            END
          END
          ELSE CASE
            WHEN sold_at >= CAST('2024-02-22 00:00:00' AS TIMESTAMP)
            THEN CASE
              WHEN sold_at >= CAST('2024-02-24 00:00:00' AS TIMESTAMP)
              THEN CASE WHEN sold_at >= CAST('2024-02-25 00:00:00' AS TIMESTAMP) THEN 7 ELSE 8 END
              ELSE CASE WHEN sold_at >= CAST('2024-02-23 00:00:00' AS TIMESTAMP) THEN 9 ELSE 10 END
            END
            ELSE CASE
              WHEN sold_at >= CAST('2024-02-20 00:00:00' AS TIMESTAMP)
              THEN CASE WHEN sold_at >= CAST('2024-02-21 00:00:00' AS TIMESTAMP) THEN 11 ELSE 12 END
              ELSE CASE WHEN sold_at >= CAST('2024-02-19 00:00:00' AS TIMESTAMP) THEN 13 ELSE 14 END
            END
          END
        END
        ELSE CASE
          WHEN sold_at >= CAST('2024-02-11 00:00:00' AS TIMESTAMP)
          THEN CASE
            WHEN sold_at >= CAST('2024-02-15 00:00:00' AS TIMESTAMP)
            THEN CASE
              WHEN sold_at >= CAST('2024-02-17 00:00:00' AS TIMESTAMP)
              THEN 15
              ELSE CASE WHEN sold_at >= CAST('2024-02-16 00:00:00' AS TIMESTAMP) THEN 16 ELSE 17 END
            END
            ELSE CASE
              WHEN sold_at >= CAST('2024-02-13 00:00:00' AS TIMESTAMP)
              THEN CASE WHEN sold_at >= CAST('2024-02-14 00:00:00' AS TIMESTAMP) THEN 18 ELSE 19 END
              ELSE CASE WHEN sold_at >= CAST('2024-02-12 00:00:00' AS TIMESTAMP) THEN 20 ELSE 21 END
            END
          END
          ELSE CASE
            WHEN sold_at >= CAST('2024-02-07 00:00:00' AS TIMESTAMP)
            THEN CASE
              WHEN sold_at >= CAST('2024-02-09 00:00:00' AS TIMESTAMP)
              THEN CASE WHEN sold_at >= CAST('2024-02-10 00:00:00' AS TIMESTAMP) THEN 22 ELSE 23 END
              ELSE CASE WHEN sold_at >= CAST('2024-02-08 00:00:00' AS TIMESTAMP) THEN 24 ELSE 25 END
            END
            ELSE CASE
              WHEN sold_at >= CAST('2024-02-05 00:00:00' AS TIMESTAMP)
              THEN CASE WHEN sold_at >= CAST('2024-02-06 00:00:00' AS TIMESTAMP) THEN 26 ELSE 27 END
              ELSE CASE WHEN sold_at >= CAST('2024-02-04 00:00:00' AS TIMESTAMP) THEN 28 ELSE 29 END
            END
          END
        END
      END
      ELSE CASE
        WHEN sold_at >= CAST('2024-01-19 00:00:00' AS TIMESTAMP)
        THEN CASE
          WHEN sold_at >= CAST('2024-01-27 00:00:00' AS TIMESTAMP)
          THEN CASE
            WHEN sold_at >= CAST('2024-01-31 00:00:00' AS TIMESTAMP)
            THEN CASE
              WHEN sold_at >= CAST('2024-02-02 00:00:00' AS TIMESTAMP)
              THEN 30
              ELSE CASE WHEN sold_at >= CAST('2024-02-01 00:00:00' AS TIMESTAMP) THEN 31 ELSE 32 END
            END
            ELSE CASE
              WHEN sold_at >= CAST('2024-01-29 00:00:00' AS TIMESTAMP)
              THEN CASE WHEN sold_at >= CAST('2024-01-30 00:00:00' AS TIMESTAMP) THEN 33 ELSE 34 END
              ELSE CASE WHEN sold_at >= CAST('2024-01-28 00:00:00' AS TIMESTAMP) THEN 35 ELSE 36 END
            END
          END
          ELSE CASE
            WHEN sold_at >= CAST('2024-01-23 00:00:00' AS TIMESTAMP)
            THEN CASE
              WHEN sold_at >= CAST('2024-01-25 00:00:00' AS TIMESTAMP)
              THEN CASE WHEN sold_at >= CAST('2024-01-26 00:00:00' AS TIMESTAMP) THEN 37 ELSE 38 END
              ELSE CASE WHEN sold_at >= CAST('2024-01-24 00:00:00' AS TIMESTAMP) THEN 39 ELSE 40 END
            END
            ELSE CASE
              WHEN sold_at >= CAST('2024-01-21 00:00:00' AS TIMESTAMP)
              THEN CASE WHEN sold_at >= CAST('2024-01-22 00:00:00' AS TIMESTAMP) THEN 41 ELSE 42 END
              ELSE CASE WHEN sold_at >= CAST('2024-01-20 00:00:00' AS TIMESTAMP) THEN 43 ELSE 44 END
            END
          END
        END
        ELSE CASE
          WHEN sold_at >= CAST('2024-01-12 00:00:00' AS TIMESTAMP)
          THEN CASE
            WHEN sold_at >= CAST('2024-01-16 00:00:00' AS TIMESTAMP)
            THEN CASE
              WHEN sold_at >= CAST('2024-01-18 00:00:00' AS TIMESTAMP)
              THEN 45
              ELSE CASE WHEN sold_at >= CAST('2024-01-17 00:00:00' AS TIMESTAMP) THEN 46 ELSE 47 END
            END
            ELSE CASE
              WHEN sold_at >= CAST('2024-01-14 00:00:00' AS TIMESTAMP)
              THEN CASE WHEN sold_at >= CAST('2024-01-15 00:00:00' AS TIMESTAMP) THEN 48 ELSE 49 END
              ELSE CASE WHEN sold_at >= CAST('2024-01-13 00:00:00' AS TIMESTAMP) THEN 50 ELSE 51 END
            END
          END
          ELSE CASE
            WHEN sold_at >= CAST('2024-01-08 00:00:00' AS TIMESTAMP)
            THEN CASE
              WHEN sold_at >= CAST('2024-01-10 00:00:00' AS TIMESTAMP)
              THEN CASE WHEN sold_at >= CAST('2024-01-11 00:00:00' AS TIMESTAMP) THEN 52 ELSE 53 END
              ELSE CASE WHEN sold_at >= CAST('2024-01-09 00:00:00' AS TIMESTAMP) THEN 54 ELSE 55 END
            END
            ELSE CASE
              WHEN sold_at >= CAST('2024-01-06 00:00:00' AS TIMESTAMP)
              THEN CASE WHEN sold_at >= CAST('2024-01-07 00:00:00' AS TIMESTAMP) THEN 56 ELSE 57 END
              ELSE CASE WHEN sold_at >= CAST('2024-01-05 00:00:00' AS TIMESTAMP) THEN 58 ELSE 59 END
            END
          END
        END
      END
    END AS pmpo_period,
    SUM(value) AS each_3_sum_1,
    COUNT(*) AS each_3_count_2
  FROM sales_known AS r
  JOIN goods_unit AS m
    ON r.good = m.pmpo_via_1
  WHERE
    sold_at >= CAST('2024-01-04 00:00:00' AS TIMESTAMP)
    AND sold_at < CAST('2024-03-04 00:00:00' AS TIMESTAMP)
  GROUP BY
    m.pmpo_unit,
    CASE
      WHEN sold_at >= CAST('2024-02-03 00:00:00' AS TIMESTAMP)
      THEN CASE
        WHEN sold_at >= CAST('2024-02-18 00:00:00' AS TIMESTAMP)
        THEN CASE
          WHEN sold_at >= CAST('2024-02-26 00:00:00' AS TIMESTAMP)
          THEN CASE
            WHEN sold_at >= CAST('2024-03-01 00:00:00' AS TIMESTAMP)
            THEN CASE
              WHEN sold_at >= CAST('2024-03-03 00:00:00' AS TIMESTAMP)
              THEN 0
              ELSE CASE WHEN sold_at >= CAST('2024-03-02 00:00:00' AS TIMESTAMP) THEN 1 ELSE 2 END
            END
            ELSE CASE
              WHEN sold_at >= CAST('2024-02-28 00:00:00' AS TIMESTAMP)
              THEN CASE WHEN sold_at >= CAST('2024-02-29 00:00:00' AS TIMESTAMP) THEN 3 ELSE 4 END
              ELSE CASE WHEN sold_at >= CAST('2024-02-27 00:00:00' AS TIMESTAMP) THEN 5 ELSE 6 END
            END
          END
          ELSE CASE
            WHEN sold_at >= CAST('2024-02-22 00:00:00' AS TIMESTAMP)
            THEN CASE
              WHEN sold_at >= CAST('2024-02-24 00:00:00' AS TIMESTAMP)
              THEN CASE WHEN sold_at >= CAST('2024-02-25 00:00:00' AS TIMESTAMP) THEN 7 ELSE 8 END
              ELSE CASE WHEN sold_at >= CAST('2024-02-23 00:00:00' AS TIMESTAMP) THEN 9 ELSE 10 END
            END
            ELSE CASE
              WHEN sold_at >= CAST('2024-02-20 00:00:00' AS TIMESTAMP)
              THEN CASE WHEN sold_at >= CAST('2024-02-21 00:00:00' AS TIMESTAMP) THEN 11 ELSE 12 END
              ELSE CASE WHEN sold_at >= CAST('2024-02-19 00:00:00' AS TIMESTAMP) THEN 13 ELSE 14 END
            END
          END
        END
        ELSE CASE
          WHEN sold_at >= CAST('2024-02-11 00:00:00' AS TIMESTAMP)
          THEN CASE
            WHEN sold_at >= CAST('2024-02-15 00:00:00' AS TIMESTAMP)
            THEN CASE
              WHEN sold_at >= CAST('2024-02-17 00:00:00' AS TIMESTAMP)
              THEN 15
              ELSE CASE WHEN sold_at >= CAST('2024-02-16 00:00:00' AS TIMESTAMP) THEN 16 ELSE 17 END
            END
            ELSE CASE
              WHEN sold_at >= CAST('2024-02-13 00:00:00' AS TIMESTAMP)
              THEN CASE WHEN sold_at >= CAST('2024-02-14 00:00:00' AS TIMESTAMP) THEN 18 ELSE 19 END
              ELSE CASE WHEN sold_at >= CAST('2024-02-12 00:00:00' AS TIMESTAMP) THEN 20 ELSE 21 END
            END
          END
          ELSE CASE
            WHEN sold_at >= CAST('2024-02-07 00:00:00' AS TIMESTAMP)
            THEN CASE
              WHEN sold_at >= CAST('2024-02-09 00:00:00' AS TIMESTAMP)
              THEN CASE WHEN sold_at >= CAST('2024-02-10 00:00:00' AS TIMESTAMP) THEN 22 ELSE 23 END
              ELSE CASE WHEN sold_at >= CAST('2024-02-08 00:00:00' AS TIMESTAMP) THEN 24 ELSE 25 END
            END
            ELSE CASE
              WHEN sold_at >= CAST('2024-02-05 00:00:00' AS TIMESTAMP)
              THEN CASE WHEN sold_at >= CAST('2024-02-06 00:00:00' AS TIMESTAMP) THEN 26 ELSE 27 END
              ELSE CASE WHEN sold_at >= CAST('2024-02-04 00:00:00' AS TIMESTAMP) THEN 28 ELSE 29 END
            END
          END
        END
      END
      ELSE CASE
        WHEN sold_at >= CAST('2024-01-19 00:00:00' AS TIMESTAMP)
        THEN CASE
          WHEN sold_at >= CAST('2024-01-27 00:00:00' AS TIMESTAMP)
          THEN CASE
            WHEN sold_at >= CAST('2024-01-31 00:00:00' AS TIMESTAMP)
            THEN CASE
              WHEN sold_at >= CAST('2024-02-02 00:00:00' AS TIMESTAMP)
              THEN 30
              ELSE CASE WHEN sold_at >= CAST('2024-02-01 00:00:00' AS TIMESTAMP) THEN 31 ELSE 32 END
            END
            ELSE CASE
              WHEN sold_at >= CAST('2024-01-29 00:00:00' AS TIMESTAMP)
              THEN CASE WHEN sold_at >= CAST('2024-01-30 00:00:00' AS TIMESTAMP) THEN 33 ELSE 34 END
              ELSE CASE WHEN sold_at >= CAST('2024-01-28 00:00:00' AS TIMESTAMP) THEN 35 ELSE 36 END
            END
          END
          ELSE CASE
            WHEN sold_at >= CAST('2024-01-23 00:00:00' AS TIMESTAMP)
            THEN CASE
              WHEN sold_at >= CAST('2024-01-25 00:00:00' AS TIMESTAMP)
              THEN CASE WHEN sold_at >= CAST('2024-01-26 00:00:00' AS TIMESTAMP) THEN 37 ELSE 38 END
              ELSE CASE WHEN sold_at >= CAST('2024-01-24 00:00:00' AS TIMESTAMP) THEN 39 ELSE 40 END
            END
            ELSE CASE
              WHEN sold_at >= CAST('2024-01-21 00:00:00' AS TIMESTAMP)
              THEN CASE WHEN sold_at >= CAST('2024-01-22 00:00:00' AS TIMESTAMP) THEN 41 ELSE 42 END
              ELSE CASE WHEN sold_at >= CAST('2024-01-20 00:00:00' AS TIMESTAMP) THEN 43 ELSE 44 END
            END
          END
        END
        ELSE CASE
          WHEN sold_at >= CAST('2024-01-12 00:00:00' AS TIMESTAMP)
          THEN CASE
            WHEN sold_at >= CAST('2024-01-16 00:00:00' AS TIMESTAMP)
            THEN CASE
              WHEN sold_at >= CAST('2024-01-18 00:00:00' AS TIMESTAMP)
              THEN 45
              ELSE CASE WHEN sold_at >= CAST('2024-01-17 00:00:00' AS TIMESTAMP) THEN 46 ELSE 47 END
            END
            ELSE CASE
              WHEN sold_at >= CAST('2024-01-14 00:00:00' AS TIMESTAMP)
              THEN CASE WHEN sold_at >= CAST('2024-01-15 00:00:00' AS TIMESTAMP) THEN 48 ELSE 49 END
              ELSE CASE WHEN sold_at >= CAST('2024-01-13 00:00:00' AS TIMESTAMP) THEN 50 ELSE 51 END
            END
          END
          ELSE CASE
            WHEN sold_at >= CAST('2024-01-08 00:00:00' AS TIMESTAMP)
            THEN CASE
              WHEN sold_at >= CAST('2024-01-10 00:00:00' AS TIMESTAMP)
              THEN CASE WHEN sold_at >= CAST('2024-01-11 00:00:00' AS TIMESTAMP) THEN 52 ELSE 53 END
              ELSE CASE WHEN sold_at >= CAST('2024-01-09 00:00:00' AS TIMESTAMP) THEN 54 ELSE 55 END
            END
            ELSE CASE
              WHEN sold_at >= CAST('2024-01-06 00:00:00' AS TIMESTAMP)
              THEN CASE WHEN sold_at >= CAST('2024-01-07 00:00:00' AS TIMESTAMP) THEN 56 ELSE 57 END
              ELSE CASE WHEN sold_at >= CAST('2024-01-05 00:00:00' AS TIMESTAMP) THEN 58 ELSE 59 END
            END
          END
        END
      END
    END
),
-- each_3: every unit with every one of the last 60 periods of 1 day
each_3_atoms AS (
  SELECT
    u.pmpo_unit,
    u.key_shop,
    u.about_region,
    sales_each_3.each_3_sum_1,
    CASE WHEN sales_atoms.pmpo_unit IS NOT NULL THEN COALESCE(sales_each_3.each_3_count_2, 0) END AS each_3_count_2
  FROM units AS u
  CROSS JOIN (VALUES
    (0),
    (1),
    (2),
    (3),
    (4),
    (5),
    (6),
    (7),
    (8),
    (9),
    (10),
    (11),
    (12),
    (13),
    (14),
    (15),
    (16),
    (17),
    (18),
    (19),
    (20),
    (21),
    (22),
    (23),
    (24),
    (25),
    (26),
    (27),
    (28),
    (29),
    (30),
    (31),
    (32),
    (33),
    (34),
    (35),
    (36),
    (37),
    (38),
    (39),
    (40),
    (41),
    (42),
    (43),
    (44),
    (45),
    (46),
    (47),
    (48),
    (49),
    (50),
    (51),
    (52),
    (53),
    (54),
    (55),
    (56),
    (57),
    (58),
    (59)) AS p(pmpo_period)
  LEFT JOIN sales_atoms
    ON u.pmpo_unit = sales_atoms.pmpo_unit
  LEFT JOIN sales_each_3
    ON u.pmpo_unit = sales_each_3.pmpo_unit AND p.pmpo_period = sales_each_3.pmpo_period
),
-- each_3: the formula of each period
each_3_formula AS (
  SELECT
    pmpo_unit,
    CAST(CAST(each_3_sum_1 AS TEXT) AS DOUBLE) / NULLIF(CAST(each_3_count_2 AS DOUBLE), CAST('0' AS DOUBLE)) AS x
  FROM each_3_atoms
),
-- each_3: as whole numbers of the last of 6 digits
each_3_values AS (
  SELECT
    pmpo_unit,
    CASE
      WHEN ABS(x) < CAST('9007199254.740992' AS DOUBLE)
      THEN CASE
        WHEN x - x = CAST('0' AS DOUBLE)
        THEN CAST(FLOOR(x * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS BIGINT)
      END
    END AS value
  FROM each_3_formula
),
-- each_3: how many periods have a value, its exact moments and nearest ranks
each_3 AS (
  SELECT
    pmpo_unit,
    COUNT(value) AS each_3_n,
    SUM(value) AS each_3_sum,
    SUM(CAST(value AS INT128) * CAST(value AS INT128)) AS each_3_squares,
    MAX(CASE WHEN place = ((n * 5 + 9) // 10) THEN value END) AS each_3_p50,
    MAX(CASE WHEN place = ((n * 9 + 9) // 10) THEN value END) AS each_3_p90
  FROM (
    SELECT
      pmpo_unit,
      value,
      ROW_NUMBER() OVER (PARTITION BY pmpo_unit ORDER BY value) AS place,
      COUNT(value) OVER (PARTITION BY pmpo_unit) AS n
    FROM each_3_values
    WHERE
      value IS NOT NULL
  ) AS ranked
  GROUP BY
    pmpo_unit
),
-- sales: exact sums and counts for each unit and period
sales_each_4 AS (
  SELECT
    m.pmpo_unit,
    CASE
      WHEN sold_at >= CAST('2024-02-05 00:00:00' AS TIMESTAMP)
      THEN 0
      ELSE CASE WHEN sold_at >= CAST('2023-12-25 00:00:00' AS TIMESTAMP) THEN 1 ELSE 2 END
    END AS pmpo_period,
    COUNT(*) AS each_4_count_2
  FROM sales_known AS r
  JOIN goods_unit AS m
    ON r.good = m.pmpo_via_1
  WHERE
    sold_at >= CAST('2023-11-27 00:00:00' AS TIMESTAMP)
    AND sold_at < CAST('2024-03-04 00:00:00' AS TIMESTAMP)
  GROUP BY
    m.pmpo_unit,
    CASE
      WHEN sold_at >= CAST('2024-02-05 00:00:00' AS TIMESTAMP)
      THEN 0
      ELSE CASE WHEN sold_at >= CAST('2023-12-25 00:00:00' AS TIMESTAMP) THEN 1 ELSE 2 END
    END
),
-- sales: the distinct values behind each_4_distinct_1
sales_each_4_distinct_1_values AS (
  SELECT DISTINCT
    m.pmpo_unit,
    CASE
      WHEN sold_at >= CAST('2024-02-05 00:00:00' AS TIMESTAMP)
      THEN 0
      ELSE CASE WHEN sold_at >= CAST('2023-12-25 00:00:00' AS TIMESTAMP) THEN 1 ELSE 2 END
    END AS pmpo_period,
    good AS value
  FROM sales_known AS r
  JOIN goods_unit AS m
    ON r.good = m.pmpo_via_1
  WHERE
    sold_at >= CAST('2023-11-27 00:00:00' AS TIMESTAMP)
    AND sold_at < CAST('2024-03-04 00:00:00' AS TIMESTAMP)
    AND good IS NOT NULL
),
-- sales: how many of them each unit has
sales_each_4_distinct_1 AS (
  SELECT
    pmpo_unit,
    pmpo_period,
    COUNT(*) AS each_4_distinct_1
  FROM sales_each_4_distinct_1_values
  GROUP BY
    pmpo_unit,
    pmpo_period
),
-- each_4: every unit with every one of the last 3 periods of 1 period
each_4_atoms AS (
  SELECT
    u.pmpo_unit,
    u.key_shop,
    u.about_region,
    CASE
      WHEN sales_atoms.pmpo_unit IS NOT NULL
      THEN COALESCE(sales_each_4_distinct_1.each_4_distinct_1, 0)
    END AS each_4_distinct_1,
    CASE WHEN sales_atoms.pmpo_unit IS NOT NULL THEN COALESCE(sales_each_4.each_4_count_2, 0) END AS each_4_count_2
  FROM units AS u
  CROSS JOIN (VALUES
    (0),
    (1),
    (2)) AS p(pmpo_period)
  LEFT JOIN sales_atoms
    ON u.pmpo_unit = sales_atoms.pmpo_unit
  LEFT JOIN sales_each_4
    ON u.pmpo_unit = sales_each_4.pmpo_unit AND p.pmpo_period = sales_each_4.pmpo_period
  LEFT JOIN sales_each_4_distinct_1
    ON u.pmpo_unit = sales_each_4_distinct_1.pmpo_unit
    AND p.pmpo_period = sales_each_4_distinct_1.pmpo_period
),
-- each_4: the formula of each period
each_4_formula AS (
  SELECT
    pmpo_unit,
    CAST(each_4_distinct_1 AS DOUBLE) + CAST(each_4_count_2 AS DOUBLE) AS x
  FROM each_4_atoms
),
-- each_4: as whole numbers of the last of 6 digits
each_4_values AS (
  SELECT
    pmpo_unit,
    CASE
      WHEN ABS(x) < CAST('9007199254.740992' AS DOUBLE)
      THEN CASE
        WHEN x - x = CAST('0' AS DOUBLE)
        THEN CAST(FLOOR(x * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS BIGINT)
      END
    END AS value
  FROM each_4_formula
),
-- each_4: how many periods have a value, its exact moments and nearest ranks
each_4 AS (
  SELECT
    pmpo_unit,
    COUNT(value) AS each_4_n,
    SUM(value) AS each_4_sum,
    SUM(CAST(value AS INT128) * CAST(value AS INT128)) AS each_4_squares,
    MAX(CASE WHEN place = ((n * 5 + 9) // 10) THEN value END) AS each_4_p50,
    MAX(CASE WHEN place = ((n * 9 + 9) // 10) THEN value END) AS each_4_p90
  FROM (
    SELECT
      pmpo_unit,
      value,
      ROW_NUMBER() OVER (PARTITION BY pmpo_unit ORDER BY value) AS place,
      COUNT(value) OVER (PARTITION BY pmpo_unit) AS n
    FROM each_4_values
    WHERE
      value IS NOT NULL
  ) AS ranked
  GROUP BY
    pmpo_unit
),
-- sales: exact sums and counts for each unit and period
sales_each_5 AS (
  SELECT
    m.pmpo_unit,
    CASE
      WHEN sold_at >= CAST('2024-02-04 00:00:00' AS TIMESTAMP)
      THEN 0
      ELSE CASE WHEN sold_at >= CAST('2024-01-04 00:00:00' AS TIMESTAMP) THEN 1 ELSE 2 END
    END AS pmpo_period,
    SUM(value) AS each_5_sum_1
  FROM sales_known AS r
  JOIN goods_unit AS m
    ON r.good = m.pmpo_via_1
  WHERE
    sold_at >= CAST('2023-12-04 00:00:00' AS TIMESTAMP)
    AND sold_at < CAST('2024-03-04 00:00:00' AS TIMESTAMP)
  GROUP BY
    m.pmpo_unit,
    CASE
      WHEN sold_at >= CAST('2024-02-04 00:00:00' AS TIMESTAMP)
      THEN 0
      ELSE CASE WHEN sold_at >= CAST('2024-01-04 00:00:00' AS TIMESTAMP) THEN 1 ELSE 2 END
    END
),
-- each_5: every unit with every one of the last 3 periods of 1 month
each_5_atoms AS (
  SELECT
    u.pmpo_unit,
    u.key_shop,
    u.about_region,
    sales_each_5.each_5_sum_1
  FROM units AS u
  CROSS JOIN (VALUES
    (0),
    (1),
    (2)) AS p(pmpo_period)
  LEFT JOIN sales_atoms
    ON u.pmpo_unit = sales_atoms.pmpo_unit
  LEFT JOIN sales_each_5
    ON u.pmpo_unit = sales_each_5.pmpo_unit AND p.pmpo_period = sales_each_5.pmpo_period
),
-- each_5: the formula of each period
each_5_formula AS (
  SELECT
    pmpo_unit,
    CAST(CAST(each_5_sum_1 AS TEXT) AS DOUBLE) AS x
  FROM each_5_atoms
),
-- each_5: as whole numbers of the last of 6 digits
each_5_values AS (
  SELECT
    pmpo_unit,
    CASE
      WHEN ABS(x) < CAST('9007199254.740992' AS DOUBLE)
      THEN CASE
        WHEN x - x = CAST('0' AS DOUBLE)
        THEN CAST(FLOOR(x * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS BIGINT)
      END
    END AS value
  FROM each_5_formula
),
-- each_5: how many periods have a value, its exact moments and nearest ranks
each_5 AS (
  SELECT
    pmpo_unit,
    COUNT(value) AS each_5_n,
    SUM(value) AS each_5_sum,
    SUM(CAST(value AS INT128) * CAST(value AS INT128)) AS each_5_squares,
    MAX(CASE WHEN place = ((n * 5 + 9) // 10) THEN value END) AS each_5_p50,
    MAX(CASE WHEN place = ((n * 9 + 9) // 10) THEN value END) AS each_5_p90
  FROM (
    SELECT
      pmpo_unit,
      value,
      ROW_NUMBER() OVER (PARTITION BY pmpo_unit ORDER BY value) AS place,
      COUNT(value) OVER (PARTITION BY pmpo_unit) AS n
    FROM each_5_values
    WHERE
      value IS NOT NULL
  ) AS ranked
  GROUP BY
    pmpo_unit
),
-- sales: exact sums and counts for each unit and period
sales_each_6 AS (
  SELECT
    m.pmpo_unit,
    CASE
      WHEN sold_at >= CAST('2024-02-05 00:00:00' AS TIMESTAMP)
      THEN CASE WHEN sold_at >= CAST('2024-02-19 00:00:00' AS TIMESTAMP) THEN 0 ELSE 1 END
      ELSE CASE WHEN sold_at >= CAST('2024-01-22 00:00:00' AS TIMESTAMP) THEN 2 ELSE 3 END
    END AS pmpo_period
  FROM sales_known AS r
  JOIN goods_unit AS m
    ON r.good = m.pmpo_via_1
  WHERE
    sold_at >= CAST('2024-01-08 00:00:00' AS TIMESTAMP)
    AND sold_at < CAST('2024-03-04 00:00:00' AS TIMESTAMP)
  GROUP BY
    m.pmpo_unit,
    CASE
      WHEN sold_at >= CAST('2024-02-05 00:00:00' AS TIMESTAMP)
      THEN CASE WHEN sold_at >= CAST('2024-02-19 00:00:00' AS TIMESTAMP) THEN 0 ELSE 1 END
      ELSE CASE WHEN sold_at >= CAST('2024-01-22 00:00:00' AS TIMESTAMP) THEN 2 ELSE 3 END
    END
),
-- sales: the value in the latest row of each unit
sales_each_6_latest_1 AS (
  SELECT
    pmpo_unit,
    pmpo_period,
    value AS each_6_latest_1
  FROM (
    SELECT
      m.pmpo_unit,
      CASE
        WHEN sold_at >= CAST('2024-02-05 00:00:00' AS TIMESTAMP)
        THEN CASE WHEN sold_at >= CAST('2024-02-19 00:00:00' AS TIMESTAMP) THEN 0 ELSE 1 END
        ELSE CASE WHEN sold_at >= CAST('2024-01-22 00:00:00' AS TIMESTAMP) THEN 2 ELSE 3 END
      END AS pmpo_period,
      value,
      ROW_NUMBER() OVER (
        PARTITION BY m.pmpo_unit, CASE
          WHEN sold_at >= CAST('2024-02-05 00:00:00' AS TIMESTAMP)
          THEN CASE WHEN sold_at >= CAST('2024-02-19 00:00:00' AS TIMESTAMP) THEN 0 ELSE 1 END
          ELSE CASE WHEN sold_at >= CAST('2024-01-22 00:00:00' AS TIMESTAMP) THEN 2 ELSE 3 END
        END
        ORDER BY sold_at DESC, sale_id DESC, value DESC
      ) AS row_order
    FROM sales_known AS r
    JOIN goods_unit AS m
      ON r.good = m.pmpo_via_1
    WHERE
      sold_at >= CAST('2024-01-08 00:00:00' AS TIMESTAMP)
      AND sold_at < CAST('2024-03-04 00:00:00' AS TIMESTAMP)
  ) AS numbered
  WHERE
    row_order = 1
),
-- visits: exact sums and counts for each unit and period
visits_each_6 AS (
  SELECT
    shop AS key_shop,
    CASE
      WHEN "at" >= CAST('2024-02-05 00:00:00' AS TIMESTAMP)
      THEN CASE WHEN "at" >= CAST('2024-02-19 00:00:00' AS TIMESTAMP) THEN 0 ELSE 1 END
      ELSE CASE WHEN "at" >= CAST('2024-01-22 00:00:00' AS TIMESTAMP) THEN 2 ELSE 3 END
    END AS pmpo_period,
    SUM(people) AS each_6_sum_2
  FROM visits_known AS r
  WHERE
    "at" >= CAST('2024-01-08 00:00:00' AS TIMESTAMP) AND "at" < CAST('2024-03-04 00:00:00' AS TIMESTAMP)
  GROUP BY
    shop,
    CASE
      WHEN "at" >= CAST('2024-02-05 00:00:00' AS TIMESTAMP)
      THEN CASE WHEN "at" >= CAST('2024-02-19 00:00:00' AS TIMESTAMP) THEN 0 ELSE 1 END
      ELSE CASE WHEN "at" >= CAST('2024-01-22 00:00:00' AS TIMESTAMP) THEN 2 ELSE 3 END
    END
),
-- each_6: every unit with every one of the last 4 periods of 2 weeks
each_6_atoms AS (
  SELECT
    u.pmpo_unit,
    u.key_shop,
    u.about_region,
    sales_each_6_latest_1.each_6_latest_1,
    visits_each_6.each_6_sum_2
  FROM units AS u
  CROSS JOIN (VALUES
    (0),
    (1),
    (2),
    (3)) AS p(pmpo_period)
  LEFT JOIN sales_atoms
    ON u.pmpo_unit = sales_atoms.pmpo_unit
  LEFT JOIN sales_each_6
    ON u.pmpo_unit = sales_each_6.pmpo_unit AND p.pmpo_period = sales_each_6.pmpo_period
  LEFT JOIN sales_each_6_latest_1
    ON u.pmpo_unit = sales_each_6_latest_1.pmpo_unit AND p.pmpo_period = sales_each_6_latest_1.pmpo_period
  LEFT JOIN visits_atoms
    ON u.key_shop = CAST(visits_atoms.key_shop AS TEXT)
  LEFT JOIN visits_each_6
    ON u.key_shop = CAST(visits_each_6.key_shop AS TEXT) AND p.pmpo_period = visits_each_6.pmpo_period
),
-- each_6: the formula of each period
each_6_formula AS (
  SELECT
    pmpo_unit,
    CAST(CAST(each_6_latest_1 AS TEXT) AS DOUBLE) * CASE WHEN about_region = 'north' THEN CAST('1.5' AS DOUBLE) ELSE CAST('0.5' AS DOUBLE) END + CAST(CAST(each_6_sum_2 AS TEXT) AS DOUBLE) AS x
  FROM each_6_atoms
),
-- each_6: as whole numbers of the last of 6 digits
each_6_values AS (
  SELECT
    pmpo_unit,
    CASE
      WHEN ABS(x) < CAST('9007199254.740992' AS DOUBLE)
      THEN CASE
        WHEN x - x = CAST('0' AS DOUBLE)
        THEN CAST(FLOOR(x * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS BIGINT)
      END
    END AS value
  FROM each_6_formula
),
-- each_6: how many periods have a value, its exact moments and nearest ranks
each_6 AS (
  SELECT
    pmpo_unit,
    COUNT(value) AS each_6_n,
    SUM(value) AS each_6_sum,
    SUM(CAST(value AS INT128) * CAST(value AS INT128)) AS each_6_squares,
    MAX(CASE WHEN place = ((n * 5 + 9) // 10) THEN value END) AS each_6_p50,
    MAX(CASE WHEN place = ((n * 9 + 9) // 10) THEN value END) AS each_6_p90
  FROM (
    SELECT
      pmpo_unit,
      value,
      ROW_NUMBER() OVER (PARTITION BY pmpo_unit ORDER BY value) AS place,
      COUNT(value) OVER (PARTITION BY pmpo_unit) AS n
    FROM each_6_values
    WHERE
      value IS NOT NULL
  ) AS ranked
  GROUP BY
    pmpo_unit
),
-- all sources side by side, one row per unit
atoms AS (
  SELECT
    u.key_shop,
    u.about_region,
    sales_atoms.sum_1,
    each_1.each_1_n,
    each_1.each_1_sum,
    each_1.each_1_squares,
    each_1.each_1_p50,
    each_1.each_1_p90,
    each_2.each_2_n,
    each_2.each_2_sum,
    each_2.each_2_squares,
    each_2.each_2_p50,
    each_2.each_2_p90,
    each_3.each_3_n,
    each_3.each_3_sum,
    each_3.each_3_squares,
    each_3.each_3_p50,
    each_3.each_3_p90,
    each_4.each_4_n,
    each_4.each_4_sum,
    each_4.each_4_squares,
    each_4.each_4_p50,
    each_4.each_4_p90,
    each_5.each_5_n,
    each_5.each_5_sum,
    each_5.each_5_squares,
    each_5.each_5_p50,
    each_5.each_5_p90,
    each_6.each_6_n,
    each_6.each_6_sum,
    each_6.each_6_squares,
    each_6.each_6_p50,
    each_6.each_6_p90
  FROM units AS u
  LEFT JOIN sales_atoms
    ON u.pmpo_unit = sales_atoms.pmpo_unit
  LEFT JOIN visits_atoms
    ON u.key_shop = CAST(visits_atoms.key_shop AS TEXT)
  LEFT JOIN each_1
    ON u.pmpo_unit = each_1.pmpo_unit
  LEFT JOIN each_2
    ON u.pmpo_unit = each_2.pmpo_unit
  LEFT JOIN each_3
    ON u.pmpo_unit = each_3.pmpo_unit
  LEFT JOIN each_4
    ON u.pmpo_unit = each_4.pmpo_unit
  LEFT JOIN each_5
    ON u.pmpo_unit = each_5.pmpo_unit
  LEFT JOIN each_6
    ON u.pmpo_unit = each_6.pmpo_unit
),
-- formulas of mean, zeros, half, kinds, late, last
formulas_1 AS (
  SELECT
    key_shop,
    about_region,
    CAST(CAST(each_1_sum AS TEXT) AS DOUBLE) / NULLIF(CAST(each_1_n AS DOUBLE), CAST('0' AS DOUBLE)) / CAST('100' AS DOUBLE) AS signal_mean,
    SQRT(
      CAST(CAST(CAST(each_2_n AS INT128) * CAST(each_2_squares AS INT128) - CAST(each_2_sum AS INT128) * CAST(each_2_sum AS INT128) AS TEXT) AS DOUBLE) / NULLIF(CAST(each_2_n AS DOUBLE) * (CAST(each_2_n AS DOUBLE) - CAST('1' AS DOUBLE)), CAST('0' AS DOUBLE)) / CAST('1000000000000' AS DOUBLE)
    ) / NULLIF(
      CAST(CAST(each_2_sum AS TEXT) AS DOUBLE) / NULLIF(CAST(each_2_n AS DOUBLE), CAST('0' AS DOUBLE)) / CAST('1000000' AS DOUBLE),
      CAST('0' AS DOUBLE)
    ) AS signal_zeros,
    CAST(CAST(each_3_p50 AS TEXT) AS DOUBLE) / CAST('1000000' AS DOUBLE) - CAST(CAST(each_3_p90 AS TEXT) AS DOUBLE) / CAST('1000000' AS DOUBLE) AS signal_half,
    CAST(CAST(each_4_sum AS TEXT) AS DOUBLE) / NULLIF(CAST(each_4_n AS DOUBLE), CAST('0' AS DOUBLE)) / CAST('1000000' AS DOUBLE) AS signal_kinds,
    SQRT(
      CAST(CAST(CAST(each_5_n AS INT128) * CAST(each_5_squares AS INT128) - CAST(each_5_sum AS INT128) * CAST(each_5_sum AS INT128) AS TEXT) AS DOUBLE) / NULLIF(CAST(each_5_n AS DOUBLE) * (CAST(each_5_n AS DOUBLE) - CAST('1' AS DOUBLE)), CAST('0' AS DOUBLE)) / CAST('1000000000000' AS DOUBLE)
    ) + CAST(CAST(sum_1 AS TEXT) AS DOUBLE) AS signal_late,
    CAST(CAST(each_6_p90 AS TEXT) AS DOUBLE) / CAST('1000000' AS DOUBLE) AS signal_last
  FROM atoms
),
-- rounded to the declared precision; what is not a finite number is missing
signals_1 AS (
  SELECT
    key_shop,
    about_region,
    CASE
      WHEN signal_mean - signal_mean = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_mean) < CAST('90071992547409.92' AS DOUBLE)
        THEN CAST(FLOOR(signal_mean * CAST('100' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('100' AS DOUBLE)
        ELSE signal_mean
      END
    END AS signal_mean,
    CASE
      WHEN signal_zeros - signal_zeros = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_zeros) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_zeros * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_zeros
      END
    END AS signal_zeros,
    CASE
      WHEN signal_half - signal_half = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_half) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_half * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_half
      END
    END AS signal_half,
    CASE
      WHEN signal_kinds - signal_kinds = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_kinds) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_kinds * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_kinds
      END
    END AS signal_kinds,
    CASE
      WHEN signal_late - signal_late = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_late) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_late * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_late
      END
    END AS signal_late,
    CASE
      WHEN signal_last - signal_last = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_last) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_last * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_last
      END
    END AS signal_last
  FROM formulas_1
)
SELECT
  key_shop,
  about_region,
  signal_mean,
  signal_zeros,
  signal_half,
  signal_kinds,
  signal_late,
  signal_last
FROM signals_1
ORDER BY
  key_shop
