-- pmpo hard-names as of 2024-03-03T15:00:00+00:00, known by 2024-03-03T15:00:00+00:00
--   (PostgreSQL; the session's TimeZone is UTC)
WITH
-- units: the columns that the charter names, with exact types
units_read AS NOT MATERIALIZED (
  SELECT
    "select",
    "Größe ""L""",
    "order",
    CAST(value AS BIGINT) AS value
  FROM units
),
-- units: as it was captured, as of 2024-03-03 15:00:00, known by 2024-03-03 15:00:00
units_known AS NOT MATERIALIZED (
  SELECT
    "select",
    "Größe ""L""",
    "order",
    value
  FROM units_read
),
-- sales: the columns that the charter names, with exact types
sales_read AS NOT MATERIALIZED (
  SELECT
    CAST("date" AS TIMESTAMP) AS "date",
    CAST("group" AS BIGINT) AS "group",
    CAST("user" AS BIGINT) AS "user",
    row_order,
    "from",
    "Größe ""L"""
  FROM sales
),
-- sales: what had happened and was known, as of 2024-03-03 15:00:00, known by 2024-03-03 15:00:00
sales_known_ AS NOT MATERIALIZED (
  SELECT
    "date",
    "group",
    "user",
    row_order,
    "from",
    "Größe ""L""",
    "group" * 2 AS "Double Value",
    "user" AS r
  FROM sales_read
  WHERE
    "date" < CAST('2024-03-03 15:00:00' AS TIMESTAMP)
),
-- sales_known: the columns that the charter names, with exact types
sales_known_read AS NOT MATERIALIZED (
  SELECT
    "date",
    CAST("group" AS BIGINT) AS "group",
    "from",
    "Größe ""L"""
  FROM sales_known
),
-- sales_known: what had happened and was known, as of 2024-03-03 15:00:00, known by 2024-03-03
--   15:00:00
sales_known_known AS NOT MATERIALIZED (
  SELECT
    "date",
    "group",
    "from",
    "Größe ""L"""
  FROM sales_known_read
  WHERE
    "date" < CAST('2024-03-03 15:00:00' AS TIMESTAMP)
),
-- atoms: the columns that the charter names, with exact types
atoms_read AS NOT MATERIALIZED (
  SELECT
    "order",
    CAST(row_order AS BIGINT) AS row_order,
    CAST(pmpo_order AS BIGINT) AS pmpo_order,
    CAST(value AS BIGINT) AS value,
    CAST("user" AS BIGINT) AS "user"
  FROM atoms
),
-- atoms: as it was captured, as of 2024-03-03 15:00:00, known by 2024-03-03 15:00:00
atoms_known AS NOT MATERIALIZED (
  SELECT
    "order",
    row_order,
    pmpo_order,
    value,
    "user"
  FROM atoms_read
),
-- signals_1: the columns that the charter names, with exact types
signals_1_read AS NOT MATERIALIZED (
  SELECT
    CAST("数量" AS BIGINT) AS "数量",
    CAST(m AS BIGINT) AS m,
    CAST("user" AS BIGINT) AS "user"
  FROM signals_1
),
-- signals_1: as it was captured, as of 2024-03-03 15:00:00, known by 2024-03-03 15:00:00
signals_1_known AS NOT MATERIALIZED (
  SELECT
    "数量",
    m,
    "user"
  FROM signals_1_read
),
-- measured: the columns that the charter names, with exact types
measured_read AS (
  SELECT
    value,
    "from",
    "Größe ""L"""
  FROM measured
),
-- measured: as it was captured, as of 2024-03-03 15:00:00, known by 2024-03-03 15:00:00
measured_known AS (
  SELECT
    value,
    "from",
    "Größe ""L"""
  FROM measured_read
),
-- one row per unit -- , x AS (SELECT 1), in key order
units_ AS (
  SELECT
    ROW_NUMBER() OVER (ORDER BY key_select COLLATE "C", "key_Größe ""L""" COLLATE "C") AS pmpo_unit,
    key_select,
    "key_Größe ""L""",
    about_order
  FROM (
    SELECT
      CAST("select" AS TEXT) AS key_select,
      CAST("Größe ""L""" AS TEXT) AS "key_Größe ""L""",
      MIN("order" COLLATE "C") AS about_order
    FROM units_known
    WHERE
      "select" IS NOT NULL AND "Größe ""L""" IS NOT NULL
    GROUP BY
      "select",
      "Größe ""L"""
  ) AS keys
),
-- units: the unit of each value
units_unit AS (
  SELECT DISTINCT
    r.value AS pmpo_via_1,
    u.pmpo_unit
  FROM units_known AS r
  JOIN units_ AS u
    ON CAST(r."select" AS TEXT) = u.key_select AND CAST(r."Größe ""L""" AS TEXT) = u."key_Größe ""L"""
  WHERE
    r.value IS NOT NULL
),
-- atoms: the unit of each user
atoms_unit AS (
  SELECT DISTINCT
    r."user" AS pmpo_via_1,
    m.pmpo_unit
  FROM atoms_known AS r
  JOIN units_unit AS m
    ON r.value = m.pmpo_via_1
  WHERE
    r."user" IS NOT NULL
),
-- sales: exact sums and counts for each unit
sales_atoms AS (
  SELECT
    "from" AS key_select,
    "Größe ""L""" AS "key_Größe ""L""",
    SUM("Double Value") AS sum_1,
    SUM(r) AS sum_3
  FROM sales_known_ AS r
  GROUP BY
    "from",
    "Größe ""L"""
),
-- sales: the value in the latest row of each unit
sales_latest_7 AS (
  SELECT
    key_select,
    "key_Größe ""L""",
    value AS latest_7
  FROM (
    SELECT
      "from" AS key_select,
      "Größe ""L""" AS "key_Größe ""L""",
      row_order AS value,
      ROW_NUMBER() OVER (
        PARTITION BY "from", "Größe ""L"""
        ORDER BY "date" DESC NULLS LAST, row_order COLLATE "C" DESC NULLS LAST
      ) AS row_order
    FROM sales_known_ AS r
  ) AS numbered
  WHERE
    row_order = 1
),
-- sales_known: exact sums and counts for each unit
sales_known_atoms AS (
  SELECT
    "from" AS key_select,
    "Größe ""L""" AS "key_Größe ""L""",
    SUM("group") AS sum_2
  FROM sales_known_known AS r
  GROUP BY
    "from",
    "Größe ""L"""
),
-- atoms: exact sums and counts for each unit
atoms_atoms AS (
  SELECT
    m.pmpo_unit,
    SUM(row_order) AS sum_5,
    MAX(pmpo_order) AS max_6
  FROM atoms_known AS r
  JOIN units_unit AS m
    ON r.value = m.pmpo_via_1
  GROUP BY
    m.pmpo_unit
),
-- atoms: the distinct values behind distinct_4
atoms_distinct_4_values AS (
  SELECT DISTINCT
    m.pmpo_unit,
    "order" AS value
  FROM atoms_known AS r
  JOIN units_unit AS m
    ON r.value = m.pmpo_via_1
  WHERE
    "order" IS NOT NULL
),
-- atoms: how many of them each unit has
atoms_distinct_4 AS (
  SELECT
    pmpo_unit,
    COUNT(*) AS distinct_4
  FROM atoms_distinct_4_values
  GROUP BY
    pmpo_unit
),
-- signals_1: exact sums and counts for each unit
signals_1_atoms AS (
  SELECT
    m.pmpo_unit,
    SUM("数量") AS sum_8,
    MIN(m) AS min_9
  FROM signals_1_known AS r
  JOIN atoms_unit AS m
    ON r."user" = m.pmpo_via_1
  GROUP BY
    m.pmpo_unit
),
-- measured: exact sums and counts for each unit
measured_atoms AS (
  SELECT
    "from" AS key_select,
    "Größe ""L""" AS "key_Größe ""L""",
    COUNT(CASE WHEN (value IN ('it''s', 'a\b', 'say "x"', '%', '日本', '')) THEN 1 END) AS count_10,
    COUNT(CASE WHEN (value = 'two
  lines') THEN 1 END) AS count_11
  FROM measured_known AS r
  GROUP BY
    "from",
    "Größe ""L"""
),
-- all sources side by side, one row per unit
atoms_ AS (
  SELECT
    u.key_select,
    u."key_Größe ""L""",
    u.about_order,
    sales_atoms.sum_1,
    sales_atoms.sum_3,
    sales_latest_7.latest_7,
    sales_known_atoms.sum_2,
    CASE WHEN atoms_atoms.pmpo_unit IS NOT NULL THEN COALESCE(atoms_distinct_4.distinct_4, 0) END AS distinct_4,
    atoms_atoms.sum_5,
    atoms_atoms.max_6,
    signals_1_atoms.sum_8,
    signals_1_atoms.min_9,
    measured_atoms.count_10,
    measured_atoms.count_11
  FROM units_ AS u
  LEFT JOIN sales_atoms
    ON u.key_select = CAST(sales_atoms.key_select AS TEXT)
    AND u."key_Größe ""L""" = CAST(sales_atoms."key_Größe ""L""" AS TEXT)
  LEFT JOIN sales_latest_7
    ON u.key_select = CAST(sales_latest_7.key_select AS TEXT)
    AND u."key_Größe ""L""" = CAST(sales_latest_7."key_Größe ""L""" AS TEXT)
  LEFT JOIN sales_known_atoms
    ON u.key_select = CAST(sales_known_atoms.key_select AS TEXT)
    AND u."key_Größe ""L""" = CAST(sales_known_atoms."key_Größe ""L""" AS TEXT)
  LEFT JOIN atoms_atoms
    ON u.pmpo_unit = atoms_atoms.pmpo_unit
  LEFT JOIN atoms_distinct_4
    ON u.pmpo_unit = atoms_distinct_4.pmpo_unit
  LEFT JOIN signals_1_atoms
    ON u.pmpo_unit = signals_1_atoms.pmpo_unit
  LEFT JOIN measured_atoms
    ON u.key_select = CAST(measured_atoms.key_select AS TEXT)
    AND u."key_Größe ""L""" = CAST(measured_atoms."key_Größe ""L""" AS TEXT)
),
-- formulas of total, keys, last, more, texts, lines
formulas_1 AS (
  SELECT
    key_select,
    "key_Größe ""L""",
    about_order,
    CAST(CAST(sum_1 AS TEXT) AS DOUBLE PRECISION) + CAST(CAST(sum_2 AS TEXT) AS DOUBLE PRECISION) + CAST(CAST(sum_3 AS TEXT) AS DOUBLE PRECISION) AS signal_total,
    CAST(distinct_4 AS DOUBLE PRECISION) + CAST(CAST(sum_5 AS TEXT) AS DOUBLE PRECISION) + CAST(CAST(max_6 AS TEXT) AS DOUBLE PRECISION) AS signal_keys,
    latest_7 AS signal_last,
    CAST(CAST(sum_8 AS TEXT) AS DOUBLE PRECISION) - CAST(CAST(min_9 AS TEXT) AS DOUBLE PRECISION) AS signal_more,
    CAST(count_10 AS DOUBLE PRECISION) AS signal_texts,
    CAST(count_11 AS DOUBLE PRECISION) AS signal_lines
  FROM atoms_
),
-- rounded to the declared precision; what is not a finite number is missing
signals_1_ AS (
  SELECT
    key_select,
    "key_Größe ""L""",
    about_order,
    CASE
      WHEN signal_total - signal_total = CAST('0' AS DOUBLE PRECISION)
      THEN CASE
        WHEN ABS(signal_total) < CAST('9007199254.740992' AS DOUBLE PRECISION)
        THEN CAST(FLOOR(signal_total * CAST('1000000' AS DOUBLE PRECISION) + CAST('0.5' AS DOUBLE PRECISION)) AS DOUBLE PRECISION) / CAST('1000000' AS DOUBLE PRECISION)
        ELSE signal_total
      END
    END AS signal_total,
    CASE
      WHEN signal_keys - signal_keys = CAST('0' AS DOUBLE PRECISION)
      THEN CASE
        WHEN ABS(signal_keys) < CAST('9007199254.740992' AS DOUBLE PRECISION)
        THEN CAST(FLOOR(signal_keys * CAST('1000000' AS DOUBLE PRECISION) + CAST('0.5' AS DOUBLE PRECISION)) AS DOUBLE PRECISION) / CAST('1000000' AS DOUBLE PRECISION)
        ELSE signal_keys
      END
    END AS signal_keys,
    signal_last,
    CASE
      WHEN signal_more - signal_more = CAST('0' AS DOUBLE PRECISION)
      THEN CASE
        WHEN ABS(signal_more) < CAST('9007199254.740992' AS DOUBLE PRECISION)
        THEN CAST(FLOOR(signal_more * CAST('1000000' AS DOUBLE PRECISION) + CAST('0.5' AS DOUBLE PRECISION)) AS DOUBLE PRECISION) / CAST('1000000' AS DOUBLE PRECISION)
        ELSE signal_more
      END
    END AS signal_more,
    CASE
      WHEN signal_texts - signal_texts = CAST('0' AS DOUBLE PRECISION)
      THEN CASE
        WHEN ABS(signal_texts) < CAST('9007199254.740992' AS DOUBLE PRECISION)
        THEN CAST(FLOOR(signal_texts * CAST('1000000' AS DOUBLE PRECISION) + CAST('0.5' AS DOUBLE PRECISION)) AS DOUBLE PRECISION) / CAST('1000000' AS DOUBLE PRECISION)
        ELSE signal_texts
      END
    END AS signal_texts,
    CASE
      WHEN signal_lines - signal_lines = CAST('0' AS DOUBLE PRECISION)
      THEN CASE
        WHEN ABS(signal_lines) < CAST('9007199254.740992' AS DOUBLE PRECISION)
        THEN CAST(FLOOR(signal_lines * CAST('1000000' AS DOUBLE PRECISION) + CAST('0.5' AS DOUBLE PRECISION)) AS DOUBLE PRECISION) / CAST('1000000' AS DOUBLE PRECISION)
        ELSE signal_lines
      END
    END AS signal_lines
  FROM formulas_1
)
SELECT
  key_select,
  "key_Größe ""L""",
  about_order,
  signal_total,
  signal_keys,
  signal_last,
  signal_more,
  signal_texts,
  signal_lines
FROM signals_1_
ORDER BY
  key_select COLLATE "C",
  "key_Größe ""L""" COLLATE "C"
