-- pmpo branch-service, 3 periods as of 2024-02-18T15:00:00+00:00 to 2024-03-03T15:00:00+00:00
--   (Spark; spark.sql.ansi.enabled is true and spark.sql.session.timeZone is UTC)
WITH
-- branches: the columns that the charter names, with exact types
branches_read AS (
  SELECT
    CAST(dbt_valid_from AS TIMESTAMP_NTZ) AS dbt_valid_from,
    CAST(dbt_valid_to AS TIMESTAMP_NTZ) AS dbt_valid_to,
    CAST(bank AS BIGINT) AS bank,
    code,
    region
  FROM branches
),
-- branches: each row before and after more of it was known
branches_pieces AS (
  SELECT
    dbt_valid_from,
    CASE WHEN pmpo_piece_0 = 1 THEN dbt_valid_to END AS dbt_valid_to,
    bank,
    code,
    region,
    CASE
      WHEN pmpo_piece_0 = 1
      THEN CASE
        WHEN dbt_valid_to < CAST('2024-02-25 15:00:00.000001' AS TIMESTAMP_NTZ)
        THEN CASE WHEN dbt_valid_to < CAST('2024-02-18 15:00:00.000001' AS TIMESTAMP_NTZ) THEN 0 ELSE 1 END
        ELSE CASE WHEN dbt_valid_to < CAST('2024-03-03 15:00:00.000001' AS TIMESTAMP_NTZ) THEN 2 ELSE 3 END
      END
      ELSE 0
    END AS pmpo_from,
    CASE
      WHEN pmpo_piece_0 = 1
      THEN 3
      ELSE CASE
        WHEN dbt_valid_to < CAST('2024-02-25 15:00:00.000001' AS TIMESTAMP_NTZ)
        THEN CASE WHEN dbt_valid_to < CAST('2024-02-18 15:00:00.000001' AS TIMESTAMP_NTZ) THEN 0 ELSE 1 END
        ELSE CASE WHEN dbt_valid_to < CAST('2024-03-03 15:00:00.000001' AS TIMESTAMP_NTZ) THEN 2 ELSE 3 END
      END
    END AS pmpo_until
  FROM branches_read
  CROSS JOIN VALUES
    (0),
    (1) AS w0(pmpo_piece_0)
),
-- branches: from and until which of 3 periods each row stands, as of 2024-02-18 15:00:00 to
--   2024-03-03 15:00:00
branches_standing AS (
  SELECT
    dbt_valid_from,
    dbt_valid_to,
    bank,
    code,
    region,
    pmpo_from,
    pmpo_until,
    pmpo_slice
  FROM (
    SELECT
      dbt_valid_from,
      dbt_valid_to,
      bank,
      code,
      region,
      GREATEST(
        CASE
          WHEN dbt_valid_from < CAST('2024-02-25 15:00:00.000001' AS TIMESTAMP_NTZ)
          THEN CASE WHEN dbt_valid_from < CAST('2024-02-18 15:00:00.000001' AS TIMESTAMP_NTZ) THEN 0 ELSE 1 END
          ELSE CASE WHEN dbt_valid_from < CAST('2024-03-03 15:00:00.000001' AS TIMESTAMP_NTZ) THEN 2 ELSE 3 END
        END,
        pmpo_from
      ) AS pmpo_from,
      LEAST(
        CASE
          WHEN dbt_valid_to < CAST('2024-02-25 15:00:00.000001' AS TIMESTAMP_NTZ)
          THEN CASE WHEN dbt_valid_to < CAST('2024-02-18 15:00:00.000001' AS TIMESTAMP_NTZ) THEN 0 ELSE 1 END
          ELSE CASE WHEN dbt_valid_to < CAST('2024-03-03 15:00:00.000001' AS TIMESTAMP_NTZ) THEN 2 ELSE 3 END
        END,
        pmpo_until
      ) AS pmpo_until,
      0 AS pmpo_slice
    FROM branches_pieces
    WHERE
      dbt_valid_from < CAST('2024-03-03 15:00:00.000001' AS TIMESTAMP_NTZ)
  ) AS within
  WHERE
    pmpo_from < pmpo_until
),
-- desks: the columns that the charter names, with exact types
desks_read AS (
  SELECT
    desk,
    CAST(bank AS BIGINT) AS bank,
    branch_code
  FROM desks
),
-- desks: from and until which of 3 periods each row stands, as of 2024-02-18 15:00:00 to
--   2024-03-03 15:00:00
desks_standing AS (
  SELECT
    desk,
    bank,
    branch_code,
    pmpo_from,
    pmpo_until,
    pmpo_slice
  FROM (
    SELECT
      desk,
      bank,
      branch_code,
      0 AS pmpo_from,
      3 AS pmpo_until,
      0 AS pmpo_slice
    FROM desks_read
  ) AS within
),
-- visits: the columns that the charter names, with exact types
visits_read AS (
  SELECT
    CAST(came AS TIMESTAMP_NTZ) AS came,
    CAST(left_at AS TIMESTAMP_NTZ) AS left_at,
    desk
  FROM visits
),
-- visits: from and until which of 3 periods each row stands, as of 2024-02-18 15:00:00 to
--   2024-03-03 15:00:00
visits_standing AS (
  SELECT
    came,
    left_at,
    desk,
    pmpo_from,
    pmpo_until,
    pmpo_slice
  FROM (
    SELECT
      came,
      left_at,
      desk,
      CASE
        WHEN came < CAST('2024-02-25 15:00:00' AS TIMESTAMP_NTZ)
        THEN CASE WHEN came < CAST('2024-02-18 15:00:00' AS TIMESTAMP_NTZ) THEN 0 ELSE 1 END
        ELSE CASE WHEN came < CAST('2024-03-03 15:00:00' AS TIMESTAMP_NTZ) THEN 2 ELSE 3 END
      END AS pmpo_from,
      3 AS pmpo_until,
      CASE
        WHEN came >= CAST('2024-02-18 15:00:00' AS TIMESTAMP_NTZ)
        THEN CASE
          WHEN came >= CAST('2024-03-03 15:00:00' AS TIMESTAMP_NTZ)
          THEN 5
          ELSE CASE WHEN came >= CAST('2024-02-25 15:00:00' AS TIMESTAMP_NTZ) THEN 4 ELSE 3 END
        END
        ELSE CASE
          WHEN came >= CAST('2024-02-11 15:00:00' AS TIMESTAMP_NTZ)
          THEN 2
          ELSE CASE WHEN came >= CAST('2024-02-04 15:00:00' AS TIMESTAMP_NTZ) THEN 1 ELSE 0 END
        END
      END AS pmpo_slice
    FROM visits_read
    WHERE
      came < CAST('2024-03-03 15:00:00' AS TIMESTAMP_NTZ)
  ) AS within
),
-- regions: the columns that the charter names, with exact types
regions_read AS (
  SELECT
    region
  FROM regions
),
-- regions: from and until which of 3 periods each row stands, as of 2024-02-18 15:00:00 to
--   2024-03-03 15:00:00
regions_standing AS (
  SELECT
    region,
    pmpo_from,
    pmpo_until,
    pmpo_slice
  FROM (
    SELECT
      region,
      0 AS pmpo_from,
      3 AS pmpo_until,
      0 AS pmpo_slice
    FROM regions_read
  ) AS within
),
-- one row per region and period
units AS (
  SELECT
    DENSE_RANK() OVER (ORDER BY key_region NULLS LAST) AS pmpo_unit,
    pmpo_boundary,
    key_region
  FROM (
    SELECT
      p.pmpo_boundary,
      CAST(k.key_region AS STRING) AS key_region
    FROM (
      SELECT
        region AS key_region,
        pmpo_from,
        pmpo_until
      FROM regions_standing
      WHERE
        region IS NOT NULL
      GROUP BY
        region,
        pmpo_from,
        pmpo_until
    ) AS k
    JOIN VALUES
      (0),
      (1),
      (2) AS p(pmpo_boundary)
      ON k.pmpo_from <= p.pmpo_boundary AND k.pmpo_until > p.pmpo_boundary
    GROUP BY
      p.pmpo_boundary,
      k.key_region
  ) AS keys
),
-- branches: the unit of each bank and code, and in which periods
branches_unit AS (
  SELECT
    pmpo_via_0,
    pmpo_via_1,
    pmpo_unit,
    pmpo_from,
    pmpo_until
  FROM (
    SELECT
      pmpo_via_0,
      pmpo_via_1,
      pmpo_unit,
      GREATEST(
        pmpo_from,
        COALESCE(
          MAX(pmpo_until) OVER (
            PARTITION BY pmpo_via_0, pmpo_via_1, pmpo_unit
            ORDER BY pmpo_from NULLS LAST, pmpo_until NULLS LAST
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
          ),
          0
        )
      ) AS pmpo_from,
      pmpo_until
    FROM (
      SELECT DISTINCT
        r.bank AS pmpo_via_0,
        r.code AS pmpo_via_1,
        u.pmpo_unit,
        r.pmpo_from,
        r.pmpo_until
      FROM branches_standing AS r
      JOIN (
        SELECT DISTINCT
          pmpo_unit,
          key_region
        FROM units
      ) AS u
        ON CAST(r.region AS STRING) = u.key_region
      WHERE
        r.bank IS NOT NULL AND r.code IS NOT NULL
    ) AS spans
  ) AS apart
  WHERE
    pmpo_from < pmpo_until
),
-- desks: the unit of each desk, and in which periods
desks_unit AS (
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
            ORDER BY pmpo_from NULLS LAST, pmpo_until NULLS LAST
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
          ),
          0
        )
      ) AS pmpo_from,
      pmpo_until
    FROM (
      SELECT DISTINCT
        r.desk AS pmpo_via_0,
        m.pmpo_unit,
        GREATEST(r.pmpo_from, m.pmpo_from) AS pmpo_from,
        LEAST(r.pmpo_until, m.pmpo_until) AS pmpo_until
      FROM desks_standing AS r
      JOIN branches_unit AS m
        ON r.bank = m.pmpo_via_0 AND r.branch_code = m.pmpo_via_1
      WHERE
        r.desk IS NOT NULL
    ) AS spans
  ) AS apart
  WHERE
    pmpo_from < pmpo_until
),
-- visits: sums and counts of the rows that enter and leave windows together
visits_parts AS (
  SELECT
    desk AS pmpo_via_0,
    pmpo_slice,
    CASE
      WHEN pmpo_slice < 4
      THEN CASE WHEN pmpo_slice < 3 THEN 0 ELSE 1 END
      ELSE CASE WHEN pmpo_slice < 5 THEN 2 ELSE 3 END
    END AS pmpo_from,
    3 AS pmpo_until,
    COUNT(*) AS pmpo_rows,
    SUM(CAST(UNIX_MICROS(left_at) - UNIX_MICROS(came) AS DECIMAL(38, 0))) AS part_1,
    COUNT(UNIX_MICROS(left_at) - UNIX_MICROS(came)) AS part_2
  FROM visits_standing
  WHERE
    desk IS NOT NULL
  GROUP BY
    desk,
    pmpo_slice
),
-- visits: the same by unit, while the rows belonged to it
visits_unit_parts AS (
  SELECT
    m.pmpo_unit,
    r.pmpo_slice,
    GREATEST(r.pmpo_from, m.pmpo_from) AS pmpo_from,
    LEAST(r.pmpo_until, m.pmpo_until) AS pmpo_until,
    SUM(r.pmpo_rows) AS pmpo_rows,
    SUM(r.part_1) AS part_1,
    SUM(r.part_2) AS part_2
  FROM visits_parts AS r
  JOIN desks_unit AS m
    ON r.pmpo_via_0 = m.pmpo_via_0 AND r.pmpo_from < m.pmpo_until AND m.pmpo_from < r.pmpo_until
  GROUP BY
    m.pmpo_unit,
    r.pmpo_slice,
    GREATEST(r.pmpo_from, m.pmpo_from),
    LEAST(r.pmpo_until, m.pmpo_until)
),
-- visits: where the windows of each period lie among the slices
visits_periods AS (
  SELECT
    pmpo_boundary,
    low_0,
    high_0,
    low_1,
    high_1
  FROM VALUES
    (0, 0, 6, 1, 3),
    (1, 0, 6, 2, 4),
    (2, 0, 6, 3, 5) AS w(pmpo_boundary, low_0, high_0, low_1, high_1)
),
-- visits: in which periods which parts are inside which window
visits_inside AS (
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
    END AS in_1
  FROM (
    SELECT DISTINCT
      pmpo_slice,
      pmpo_from,
      pmpo_until
    FROM visits_unit_parts
  ) AS k
  CROSS JOIN visits_periods AS w
),
-- visits: in which periods which parts enter and leave which window
visits_moves AS (
  SELECT
    *
  FROM (
    SELECT
      pmpo_slice,
      pmpo_from,
      pmpo_until,
      pmpo_boundary,
      in_0 - COALESCE(LAG(in_0) OVER (PARTITION BY pmpo_slice, pmpo_from, pmpo_until ORDER BY pmpo_boundary NULLS LAST), 0) AS move_0,
      in_1 - COALESCE(LAG(in_1) OVER (PARTITION BY pmpo_slice, pmpo_from, pmpo_until ORDER BY pmpo_boundary NULLS LAST), 0) AS move_1
    FROM visits_inside
  ) AS moved
  WHERE
    (move_0 <> 0 OR move_1 <> 0)
),
-- visits: what the sums and counts of each unit gain and lose
visits_changes AS (
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
    SUM(CASE WHEN b.move_1 = 1 THEN a.part_2 WHEN b.move_1 = -1 THEN -a.part_2 END) AS count_2
  FROM visits_unit_parts AS a
  JOIN visits_moves AS b
    ON a.pmpo_slice = b.pmpo_slice AND a.pmpo_from = b.pmpo_from AND a.pmpo_until = b.pmpo_until
  GROUP BY
    a.pmpo_unit,
    b.pmpo_boundary
),
-- visits: exact sums and counts for each unit and period
visits_atoms AS (
  SELECT
    u.pmpo_unit,
    p.pmpo_boundary,
    SUM(CAST(COALESCE(c.pmpo_rows, 0) AS DECIMAL(38, 0))) OVER (
      PARTITION BY u.pmpo_unit
      ORDER BY p.pmpo_boundary NULLS LAST
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS pmpo_rows,
    CASE
      WHEN SUM(CAST(COALESCE(c.sum_1_n, 0) AS DECIMAL(38, 0))) OVER (
        PARTITION BY u.pmpo_unit
        ORDER BY p.pmpo_boundary NULLS LAST
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) > 0
      THEN SUM(c.sum_1) OVER (
        PARTITION BY u.pmpo_unit
        ORDER BY p.pmpo_boundary NULLS LAST
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      )
    END AS sum_1,
    CAST(SUM(CAST(COALESCE(c.count_2, 0) AS DECIMAL(38, 0))) OVER (
      PARTITION BY u.pmpo_unit
      ORDER BY p.pmpo_boundary NULLS LAST
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS BIGINT) AS count_2
  FROM (
    SELECT DISTINCT
      pmpo_unit
    FROM visits_changes
  ) AS u
  CROSS JOIN VALUES
    (0),
    (1),
    (2) AS p(pmpo_boundary)
  LEFT JOIN visits_changes AS c
    ON u.pmpo_unit = c.pmpo_unit AND p.pmpo_boundary = c.pmpo_boundary
),
-- desks: sums and counts of the rows that enter and leave windows together
desks_parts AS (
  SELECT
    bank AS pmpo_via_0,
    branch_code AS pmpo_via_1,
    pmpo_slice,
    pmpo_from,
    pmpo_until,
    COUNT(*) AS pmpo_rows
  FROM desks_standing
  WHERE
    bank IS NOT NULL AND branch_code IS NOT NULL
  GROUP BY
    bank,
    branch_code,
    pmpo_slice,
    pmpo_from,
    pmpo_until
),
-- desks: the same by unit, while the rows belonged to it
desks_unit_parts AS (
  SELECT
    m.pmpo_unit,
    r.pmpo_slice,
    GREATEST(r.pmpo_from, m.pmpo_from) AS pmpo_from,
    LEAST(r.pmpo_until, m.pmpo_until) AS pmpo_until,
    SUM(r.pmpo_rows) AS pmpo_rows
  FROM desks_parts AS r
  JOIN branches_unit AS m
    ON r.pmpo_via_0 = m.pmpo_via_0
    AND r.pmpo_via_1 = m.pmpo_via_1
    AND r.pmpo_from < m.pmpo_until
    AND m.pmpo_from < r.pmpo_until
  GROUP BY
    m.pmpo_unit,
    r.pmpo_slice,
    GREATEST(r.pmpo_from, m.pmpo_from),
    LEAST(r.pmpo_until, m.pmpo_until)
),
-- desks: where the windows of each period lie among the slices
desks_periods AS (
  SELECT
    pmpo_boundary,
    low_0,
    high_0
  FROM VALUES
    (0, 0, 1),
    (1, 0, 1),
    (2, 0, 1) AS w(pmpo_boundary, low_0, high_0)
),
-- desks: in which periods which parts are inside which window
desks_inside AS (
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
    END AS in_0
  FROM (
    SELECT DISTINCT
      pmpo_slice,
      pmpo_from,
      pmpo_until
    FROM desks_unit_parts
  ) AS k
  CROSS JOIN desks_periods AS w
),
-- desks: in which periods which parts enter and leave which window
desks_moves AS (
  SELECT
    *
  FROM (
    SELECT
      pmpo_slice,
      pmpo_from,
      pmpo_until,
      pmpo_boundary,
      in_0 - COALESCE(LAG(in_0) OVER (PARTITION BY pmpo_slice, pmpo_from, pmpo_until ORDER BY pmpo_boundary NULLS LAST), 0) AS move_0
    FROM desks_inside
  ) AS moved
  WHERE
    (move_0 <> 0)
),
-- desks: the distinct values behind distinct_3, by their parts
desks_distinct_3_values AS (
  SELECT DISTINCT
    bank AS pmpo_via_0,
    branch_code AS pmpo_via_1,
    desk AS value,
    pmpo_slice,
    pmpo_from,
    pmpo_until
  FROM desks_standing
  WHERE
    bank IS NOT NULL AND branch_code IS NOT NULL AND desk IS NOT NULL
),
-- desks: the same by unit, while the rows belonged to it
desks_unit_distinct_3_values AS (
  SELECT
    m.pmpo_unit,
    r.pmpo_slice,
    GREATEST(r.pmpo_from, m.pmpo_from) AS pmpo_from,
    LEAST(r.pmpo_until, m.pmpo_until) AS pmpo_until,
    r.value
  FROM desks_distinct_3_values AS r
  JOIN branches_unit AS m
    ON r.pmpo_via_0 = m.pmpo_via_0
    AND r.pmpo_via_1 = m.pmpo_via_1
    AND r.pmpo_from < m.pmpo_until
    AND m.pmpo_from < r.pmpo_until
),
-- desks: from and until when each value of distinct_3 is there
desks_distinct_3_spans AS (
  SELECT
    pmpo_unit,
    value,
    enters,
    leaves
  FROM (
    SELECT
      pmpo_unit,
      value,
      GREATEST(
        enters,
        COALESCE(
          MAX(leaves) OVER (
            PARTITION BY pmpo_unit, value
            ORDER BY enters NULLS LAST, leaves NULLS LAST
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
          ),
          0
        )
      ) AS enters,
      leaves
    FROM (
      SELECT DISTINCT
        a.pmpo_unit,
        a.value,
        enters,
        leaves
      FROM desks_unit_distinct_3_values AS a
      JOIN (
        SELECT
          pmpo_slice,
          pmpo_from,
          pmpo_until,
          MIN(pmpo_boundary) AS enters,
          MAX(pmpo_boundary) + 1 AS leaves
        FROM desks_inside AS b
        WHERE
          b.in_0 = 1
        GROUP BY
          pmpo_slice,
          pmpo_from,
          pmpo_until
      ) AS b
        ON a.pmpo_slice = b.pmpo_slice AND a.pmpo_from = b.pmpo_from AND a.pmpo_until = b.pmpo_until
    ) AS spans
  ) AS apart
  WHERE
    enters < leaves
),
-- desks: how many values each unit gains and loses in each period
desks_distinct_3 AS (
  SELECT
    pmpo_unit,
    pmpo_boundary,
    SUM(step) AS distinct_3
  FROM (
    SELECT
      pmpo_unit,
      CASE WHEN side = 0 THEN enters ELSE leaves END AS pmpo_boundary,
      CASE WHEN side = 0 THEN 1 ELSE -1 END AS step
    FROM desks_distinct_3_spans
    CROSS JOIN VALUES
      (0),
      (1) AS sides(side)
  ) AS changes
  GROUP BY
    pmpo_unit,
    pmpo_boundary
),
-- desks: what the sums and counts of each unit gain and lose
desks_changes AS (
  SELECT
    a.pmpo_unit,
    b.pmpo_boundary,
    SUM(CASE WHEN b.move_0 = 1 THEN a.pmpo_rows WHEN b.move_0 = -1 THEN -a.pmpo_rows END) AS pmpo_rows
  FROM desks_unit_parts AS a
  JOIN desks_moves AS b
    ON a.pmpo_slice = b.pmpo_slice AND a.pmpo_from = b.pmpo_from AND a.pmpo_until = b.pmpo_until
  GROUP BY
    a.pmpo_unit,
    b.pmpo_boundary
),
-- desks: exact sums and counts for each unit and period
desks_atoms AS (
  SELECT
    u.pmpo_unit,
    p.pmpo_boundary,
    SUM(CAST(COALESCE(c.pmpo_rows, 0) AS DECIMAL(38, 0))) OVER (
      PARTITION BY u.pmpo_unit
      ORDER BY p.pmpo_boundary NULLS LAST
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS pmpo_rows,
    CAST(SUM(CAST(COALESCE(d0.distinct_3, 0) AS DECIMAL(38, 0))) OVER (
      PARTITION BY u.pmpo_unit
      ORDER BY p.pmpo_boundary NULLS LAST
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS BIGINT) AS distinct_3
  FROM (
    SELECT DISTINCT
      pmpo_unit
    FROM desks_changes
  ) AS u
  CROSS JOIN VALUES
    (0),
    (1),
    (2) AS p(pmpo_boundary)
  LEFT JOIN desks_changes AS c
    ON u.pmpo_unit = c.pmpo_unit AND p.pmpo_boundary = c.pmpo_boundary
  LEFT JOIN desks_distinct_3 AS d0
    ON u.pmpo_unit = d0.pmpo_unit AND p.pmpo_boundary = d0.pmpo_boundary
),
-- branches: sums and counts of the rows that enter and leave windows together
branches_parts AS (
  SELECT
    region AS key_region,
    pmpo_slice,
    pmpo_from,
    pmpo_until,
    COUNT(*) AS pmpo_rows,
    COUNT(*) AS part_1
  FROM branches_standing
  WHERE
    region IS NOT NULL
  GROUP BY
    region,
    pmpo_slice,
    pmpo_from,
    pmpo_until
),
-- branches: where the windows of each period lie among the slices
branches_periods AS (
  SELECT
    pmpo_boundary,
    low_0,
    high_0
  FROM VALUES
    (0, 0, 1),
    (1, 0, 1),
    (2, 0, 1) AS w(pmpo_boundary, low_0, high_0)
),
-- branches: in which periods which parts are inside which window
branches_inside AS (
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
    END AS in_0
  FROM (
    SELECT DISTINCT
      pmpo_slice,
      pmpo_from,
      pmpo_until
    FROM branches_parts
  ) AS k
  CROSS JOIN branches_periods AS w
),
-- branches: in which periods which parts enter and leave which window
branches_moves AS (
  SELECT
    *
  FROM (
    SELECT
      pmpo_slice,
      pmpo_from,
      pmpo_until,
      pmpo_boundary,
      in_0 - COALESCE(LAG(in_0) OVER (PARTITION BY pmpo_slice, pmpo_from, pmpo_until ORDER BY pmpo_boundary NULLS LAST), 0) AS move_0
    FROM branches_inside
  ) AS moved
  WHERE
    (move_0 <> 0)
),
-- branches: what the sums and counts of each unit gain and lose
branches_changes AS (
  SELECT
    a.key_region,
    b.pmpo_boundary,
    SUM(CASE WHEN b.move_0 = 1 THEN a.pmpo_rows WHEN b.move_0 = -1 THEN -a.pmpo_rows END) AS pmpo_rows,
    SUM(CASE WHEN b.move_0 = 1 THEN a.part_1 WHEN b.move_0 = -1 THEN -a.part_1 END) AS count_4
  FROM branches_parts AS a
  JOIN branches_moves AS b
    ON a.pmpo_slice = b.pmpo_slice AND a.pmpo_from = b.pmpo_from AND a.pmpo_until = b.pmpo_until
  GROUP BY
    a.key_region,
    b.pmpo_boundary
),
-- branches: exact sums and counts for each unit and period
branches_atoms AS (
  SELECT
    u.key_region,
    p.pmpo_boundary,
    SUM(CAST(COALESCE(c.pmpo_rows, 0) AS DECIMAL(38, 0))) OVER (
      PARTITION BY u.key_region
      ORDER BY p.pmpo_boundary NULLS LAST
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS pmpo_rows,
    CAST(SUM(CAST(COALESCE(c.count_4, 0) AS DECIMAL(38, 0))) OVER (
      PARTITION BY u.key_region
      ORDER BY p.pmpo_boundary NULLS LAST
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS BIGINT) AS count_4
  FROM (
    SELECT DISTINCT
      key_region
    FROM branches_changes
  ) AS u
  CROSS JOIN VALUES
    (0),
    (1),
    (2) AS p(pmpo_boundary)
  LEFT JOIN branches_changes AS c
    ON u.key_region = c.key_region AND p.pmpo_boundary = c.pmpo_boundary
),
-- all sources side by side, one row per unit and period
atoms AS (
  SELECT
    u.pmpo_boundary,
    u.key_region,
    visits_atoms.sum_1,
    CASE WHEN visits_atoms.pmpo_rows > 0 THEN visits_atoms.count_2 END AS count_2,
    CASE WHEN desks_atoms.pmpo_rows > 0 THEN desks_atoms.distinct_3 END AS distinct_3,
    CASE WHEN branches_atoms.pmpo_rows > 0 THEN branches_atoms.count_4 END AS count_4
  FROM units AS u
  LEFT JOIN visits_atoms
    ON u.pmpo_boundary = visits_atoms.pmpo_boundary AND u.pmpo_unit = visits_atoms.pmpo_unit
  LEFT JOIN desks_atoms
    ON u.pmpo_boundary = desks_atoms.pmpo_boundary AND u.pmpo_unit = desks_atoms.pmpo_unit
  LEFT JOIN branches_atoms
    ON u.pmpo_boundary = branches_atoms.pmpo_boundary
    AND u.key_region = CAST(branches_atoms.key_region AS STRING)
),
-- formulas of wait, desks, branches
formulas_1 AS (
  SELECT
    pmpo_boundary,
    key_region,
    CAST(sum_1 AS DOUBLE) / NULLIF(CAST(count_2 AS DOUBLE), CAST('0' AS DOUBLE)) / NULLIF(CAST('60000000' AS DOUBLE), CAST('0' AS DOUBLE)) AS signal_wait,
    CAST(distinct_3 AS DOUBLE) AS signal_desks,
    CAST(count_4 AS DOUBLE) AS signal_branches
  FROM atoms
),
-- rounded to the declared precision; what is not a finite number is missing
signals_1 AS (
  SELECT
    pmpo_boundary,
    key_region,
    CASE
      WHEN signal_wait - signal_wait = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_wait) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_wait * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_wait
      END
    END AS signal_wait,
    CASE
      WHEN signal_desks - signal_desks = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_desks) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_desks * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_desks
      END
    END AS signal_desks,
    CASE
      WHEN signal_branches - signal_branches = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_branches) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_branches * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_branches
      END
    END AS signal_branches
  FROM formulas_1
)
SELECT
  2 - pmpo_boundary AS period,
  key_region,
  signal_wait,
  signal_desks,
  signal_branches
FROM signals_1
ORDER BY
  pmpo_boundary NULLS LAST,
  key_region NULLS LAST
