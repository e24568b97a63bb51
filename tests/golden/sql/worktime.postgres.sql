-- pmpo worktime as of 2024-03-04T00:00:00+09:00, known by 2024-03-04T00:00:00+09:00 (PostgreSQL;
--   the session's TimeZone is UTC)
WITH
-- teams: the columns that the charter names, with exact types
teams_read AS (
  SELECT
    team
  FROM teams
),
-- teams: as it was captured, as of 2024-03-04 00:00:00, known by 2024-03-04 00:00:00
teams_known AS (
  SELECT
    team
  FROM teams_read
),
-- tickets: the columns that the charter names, with exact types
tickets_read AS NOT MATERIALIZED (
  SELECT
    CAST(opened AS TIMESTAMP) AS opened,
    CAST(id AS BIGINT) AS id,
    CAST(closed AS TIMESTAMP) AS closed,
    priority,
    team
  FROM tickets
),
-- tickets: what was not known yet is missing
tickets_visible AS NOT MATERIALIZED (
  SELECT
    opened,
    id,
    CASE WHEN closed <= CAST('2024-03-04 00:00:00' AS TIMESTAMP) THEN closed END AS closed,
    priority,
    team
  FROM tickets_read
),
-- tickets: what had happened and was known, as of 2024-03-04 00:00:00, known by 2024-03-04
--   00:00:00
tickets_known AS NOT MATERIALIZED (
  SELECT
    opened,
    id,
    closed,
    priority,
    team,
    COALESCE(closed, CAST('2024-03-04 00:00:00' AS TIMESTAMP)) AS until
  FROM tickets_visible
  WHERE
    opened < CAST('2024-03-04 00:00:00' AS TIMESTAMP)
    AND opened <= CAST('2024-03-04 00:00:00' AS TIMESTAMP)
    AND (
      (
        CASE
          WHEN closed >= CAST('2004-01-01 00:00:00' AS TIMESTAMP)
          AND closed < CAST('2030-01-01 00:00:00' AS TIMESTAMP)
          THEN CAST(DIV((CAST(EXTRACT(epoch FROM closed) * 1000000 AS BIGINT) + 2208988800000000), 604800000000) AS BIGINT) * 86400000000 + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM closed) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 518400000000,
              0
            ),
            86400000000
          )
        END - CASE
          WHEN opened >= CAST('2004-01-01 00:00:00' AS TIMESTAMP)
          AND opened < CAST('2030-01-01 00:00:00' AS TIMESTAMP)
          THEN CAST(DIV((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000), 604800000000) AS BIGINT) * 86400000000 + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 518400000000,
              0
            ),
            86400000000
          )
        END
      ) IS NULL
      OR priority <> 'none'
    )
),
-- alarms: the columns that the charter names, with exact types
alarms_read AS NOT MATERIALIZED (
  SELECT
    CAST(at AS TIMESTAMP) AS at,
    CAST(id AS BIGINT) AS id,
    team
  FROM alarms
),
-- alarms: what had happened and was known, as of 2024-03-03 10:00:00, known by 2024-03-03
--   10:00:00
alarms_known AS NOT MATERIALIZED (
  SELECT
    at,
    id,
    team
  FROM alarms_read
  WHERE
    at < CAST('2024-03-03 10:00:00' AS TIMESTAMP) AND at <= CAST('2024-03-03 10:00:00' AS TIMESTAMP)
),
-- one row per team, in key order
units AS (
  SELECT
    ROW_NUMBER() OVER (ORDER BY key_team COLLATE "C") AS pmpo_unit,
    key_team
  FROM (
    SELECT
      CAST(team AS TEXT) AS key_team
    FROM teams_known
    WHERE
      team IS NOT NULL
    GROUP BY
      team
  ) AS keys
),
-- tickets: exact sums and counts for each unit
tickets_atoms AS (
  SELECT
    team AS key_team,
    SUM(
      CASE
        WHEN closed >= CAST('2004-01-01 00:00:00' AS TIMESTAMP)
        AND closed < CAST('2030-01-01 00:00:00' AS TIMESTAMP)
        THEN GREATEST(
          CAST(DIV((CAST(EXTRACT(epoch FROM closed) * 1000000 AS BIGINT) + 2208988800000000), 604800000000) AS BIGINT) * 172800000000 + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM closed) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 32400000000,
              0
            ),
            10800000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM closed) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 46800000000,
              0
            ),
            18000000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM closed) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 118800000000,
              0
            ),
            10800000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM closed) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 133200000000,
              0
            ),
            18000000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM closed) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 205200000000,
              0
            ),
            10800000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM closed) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 219600000000,
              0
            ),
            18000000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM closed) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 291600000000,
              0
            ),
            10800000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM closed) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 306000000000,
              0
            ),
            18000000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM closed) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 378000000000,
              0
            ),
            10800000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM closed) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 392400000000,
              0
            ),
            18000000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM closed) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 464400000000,
              0
            ),
            10800000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM closed) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 478800000000,
              0
            ),
            18000000000
          ) - CASE
            WHEN closed >= CAST('2024-02-23 09:00:00' AS TIMESTAMP)
            THEN 86400000000
            WHEN closed >= CAST('2024-02-12 09:00:00' AS TIMESTAMP)
            THEN 57600000000
            WHEN closed >= CAST('2024-01-01 09:00:00' AS TIMESTAMP)
            THEN 28800000000
            ELSE 0
          END,
          CASE
            WHEN closed >= CAST('2024-02-23 09:00:00' AS TIMESTAMP)
            THEN 1119283200000000
            WHEN closed >= CAST('2024-02-12 09:00:00' AS TIMESTAMP)
            THEN 1119024000000000
            WHEN closed >= CAST('2024-01-01 09:00:00' AS TIMESTAMP)
            THEN 1118016000000000
            ELSE 0
          END
        )
      END - CASE
        WHEN opened >= CAST('2004-01-01 00:00:00' AS TIMESTAMP)
        AND opened < CAST('2030-01-01 00:00:00' AS TIMESTAMP)
        THEN GREATEST(
          CAST(DIV((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000), 604800000000) AS BIGINT) * 172800000000 + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 32400000000,
              0
            ),
            10800000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 46800000000,
              0
            ),
            18000000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 118800000000,
              0
            ),
            10800000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 133200000000,
              0
            ),
            18000000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 205200000000,
              0
            ),
            10800000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 219600000000,
              0
            ),
            18000000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 291600000000,
              0
            ),
            10800000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 306000000000,
              0
            ),
            18000000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 378000000000,
              0
            ),
            10800000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 392400000000,
              0
            ),
            18000000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 464400000000,
              0
            ),
            10800000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 478800000000,
              0
            ),
            18000000000
          ) - CASE
            WHEN opened >= CAST('2024-02-23 09:00:00' AS TIMESTAMP)
            THEN 86400000000
            WHEN opened >= CAST('2024-02-12 09:00:00' AS TIMESTAMP)
            THEN 57600000000
            WHEN opened >= CAST('2024-01-01 09:00:00' AS TIMESTAMP)
            THEN 28800000000
            ELSE 0
          END,
          CASE
            WHEN opened >= CAST('2024-02-23 09:00:00' AS TIMESTAMP)
            THEN 1119283200000000
            WHEN opened >= CAST('2024-02-12 09:00:00' AS TIMESTAMP)
            THEN 1119024000000000
            WHEN opened >= CAST('2024-01-01 09:00:00' AS TIMESTAMP)
            THEN 1118016000000000
            ELSE 0
          END
        )
      END
    ) AS sum_1,
    COUNT(
      CASE
        WHEN closed >= CAST('2004-01-01 00:00:00' AS TIMESTAMP)
        AND closed < CAST('2030-01-01 00:00:00' AS TIMESTAMP)
        THEN GREATEST(
          CAST(DIV((CAST(EXTRACT(epoch FROM closed) * 1000000 AS BIGINT) + 2208988800000000), 604800000000) AS BIGINT) * 172800000000 + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM closed) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 32400000000,
              0
            ),
            10800000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM closed) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 46800000000,
              0
            ),
            18000000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM closed) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 118800000000,
              0
            ),
            10800000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM closed) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 133200000000,
              0
            ),
            18000000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM closed) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 205200000000,
              0
            ),
            10800000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM closed) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 219600000000,
              0
            ),
            18000000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM closed) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 291600000000,
              0
            ),
            10800000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM closed) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 306000000000,
              0
            ),
            18000000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM closed) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 378000000000,
              0
            ),
            10800000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM closed) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 392400000000,
              0
            ),
            18000000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM closed) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 464400000000,
              0
            ),
            10800000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM closed) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 478800000000,
              0
            ),
            18000000000
          ) - CASE
            WHEN closed >= CAST('2024-02-23 09:00:00' AS TIMESTAMP)
            THEN 86400000000
            WHEN closed >= CAST('2024-02-12 09:00:00' AS TIMESTAMP)
            THEN 57600000000
            WHEN closed >= CAST('2024-01-01 09:00:00' AS TIMESTAMP)
            THEN 28800000000
            ELSE 0
          END,
          CASE
            WHEN closed >= CAST('2024-02-23 09:00:00' AS TIMESTAMP)
            THEN 1119283200000000
            WHEN closed >= CAST('2024-02-12 09:00:00' AS TIMESTAMP)
            THEN 1119024000000000
            WHEN closed >= CAST('2024-01-01 09:00:00' AS TIMESTAMP)
            THEN 1118016000000000
            ELSE 0
          END
        )
      END - CASE
        WHEN opened >= CAST('2004-01-01 00:00:00' AS TIMESTAMP)
        AND opened < CAST('2030-01-01 00:00:00' AS TIMESTAMP)
        THEN GREATEST(
          CAST(DIV((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000), 604800000000) AS BIGINT) * 172800000000 + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 32400000000,
              0
            ),
            10800000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 46800000000,
              0
            ),
            18000000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 118800000000,
              0
            ),
            10800000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 133200000000,
              0
            ),
            18000000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 205200000000,
              0
            ),
            10800000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 219600000000,
              0
            ),
            18000000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 291600000000,
              0
            ),
            10800000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 306000000000,
              0
            ),
            18000000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 378000000000,
              0
            ),
            10800000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 392400000000,
              0
            ),
            18000000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 464400000000,
              0
            ),
            10800000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 478800000000,
              0
            ),
            18000000000
          ) - CASE
            WHEN opened >= CAST('2024-02-23 09:00:00' AS TIMESTAMP)
            THEN 86400000000
            WHEN opened >= CAST('2024-02-12 09:00:00' AS TIMESTAMP)
            THEN 57600000000
            WHEN opened >= CAST('2024-01-01 09:00:00' AS TIMESTAMP)
            THEN 28800000000
            ELSE 0
          END,
          CASE
            WHEN opened >= CAST('2024-02-23 09:00:00' AS TIMESTAMP)
            THEN 1119283200000000
            WHEN opened >= CAST('2024-02-12 09:00:00' AS TIMESTAMP)
            THEN 1119024000000000
            WHEN opened >= CAST('2024-01-01 09:00:00' AS TIMESTAMP)
            THEN 1118016000000000
            ELSE 0
          END
        )
      END
    ) AS count_2,
    COUNT(
      CASE
        WHEN (
          CASE
            WHEN (
              CASE
                WHEN until >= CAST('2004-01-01 00:00:00' AS TIMESTAMP)
                AND until < CAST('2030-01-01 00:00:00' AS TIMESTAMP)
                THEN GREATEST(
                  CAST(DIV((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000), 604800000000) AS BIGINT) * 172800000000 + LEAST(
                    GREATEST(
                      ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 32400000000,
                      0
                    ),
                    10800000000
                  ) + LEAST(
                    GREATEST(
                      ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 46800000000,
                      0
                    ),
                    18000000000
                  ) + LEAST(
                    GREATEST(
                      ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 118800000000,
                      0
                    ),
                    10800000000
                  ) + LEAST(
                    GREATEST(
                      ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 133200000000,
                      0
                    ),
                    18000000000
                  ) + LEAST(
                    GREATEST(
                      ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 205200000000,
                      0
                    ),
                    10800000000
                  ) + LEAST(
                    GREATEST(
                      ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 219600000000,
                      0
                    ),
                    18000000000
                  ) + LEAST(
                    GREATEST(
                      ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 291600000000,
                      0
                    ),
                    10800000000
                  ) + LEAST(
                    GREATEST(
                      ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 306000000000,
                      0
                    ),
                    18000000000
                  ) + LEAST(
                    GREATEST(
                      ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 378000000000,
                      0
                    ),
                    10800000000
                  ) + LEAST(
                    GREATEST(
                      ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 392400000000,
                      0
                    ),
                    18000000000
                  ) + LEAST(
                    GREATEST(
                      ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 464400000000,
                      0
                    ),
                    10800000000
                  ) + LEAST(
                    GREATEST(
                      ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 478800000000,
                      0
                    ),
                    18000000000
                  ) - CASE
                    WHEN until >= CAST('2024-02-23 09:00:00' AS TIMESTAMP)
                    THEN 86400000000
                    WHEN until >= CAST('2024-02-12 09:00:00' AS TIMESTAMP)
                    THEN 57600000000
                    WHEN until >= CAST('2024-01-01 09:00:00' AS TIMESTAMP)
                    THEN 28800000000
                    ELSE 0
                  END,
                  CASE
                    WHEN until >= CAST('2024-02-23 09:00:00' AS TIMESTAMP)
                    THEN 1119283200000000
                    WHEN until >= CAST('2024-02-12 09:00:00' AS TIMESTAMP)
                    THEN 1119024000000000
                    WHEN until >= CAST('2024-01-01 09:00:00' AS TIMESTAMP)
                    THEN 1118016000000000
                    ELSE 0
                  END
                )
              END - CASE
                WHEN opened >= CAST('2004-01-01 00:00:00' AS TIMESTAMP)
                AND opened < CAST('2030-01-01 00:00:00' AS TIMESTAMP)
                THEN GREATEST(
                  CAST(DIV((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000), 604800000000) AS BIGINT) * 172800000000 + LEAST(
                    GREATEST(
                      ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 32400000000,
                      0
                    ),
                    10800000000
                  ) + LEAST(
                    GREATEST(
                      ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 46800000000,
                      0
                    ),
                    18000000000
                  ) + LEAST(
                    GREATEST(
                      ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 118800000000,
                      0
                    ),
                    10800000000
                  ) + LEAST(
                    GREATEST(
                      ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 133200000000,
                      0
                    ),
                    18000000000
                  ) + LEAST(
                    GREATEST(
                      ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 205200000000,
                      0
                    ),
                    10800000000
                  ) + LEAST(
                    GREATEST(
                      ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 219600000000,
                      0
                    ),
                    18000000000
                  ) + LEAST(
                    GREATEST(
                      ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 291600000000,
                      0
                    ),
                    10800000000
                  ) + LEAST(
                    GREATEST(
                      ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 306000000000,
                      0
                    ),
                    18000000000
                  ) + LEAST(
                    GREATEST(
                      ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 378000000000,
                      0
                    ),
                    10800000000
                  ) + LEAST(
                    GREATEST(
                      ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 392400000000,
                      0
                    ),
                    18000000000
                  ) + LEAST(
                    GREATEST(
                      ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 464400000000,
                      0
                    ),
                    10800000000
                  ) + LEAST(
                    GREATEST(
                      ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 478800000000,
                      0
                    ),
                    18000000000
                  ) - CASE
                    WHEN opened >= CAST('2024-02-23 09:00:00' AS TIMESTAMP)
                    THEN 86400000000
                    WHEN opened >= CAST('2024-02-12 09:00:00' AS TIMESTAMP)
                    THEN 57600000000
                    WHEN opened >= CAST('2024-01-01 09:00:00' AS TIMESTAMP)
                    THEN 28800000000
                    ELSE 0
                  END,
                  CASE
                    WHEN opened >= CAST('2024-02-23 09:00:00' AS TIMESTAMP)
                    THEN 1119283200000000
                    WHEN opened >= CAST('2024-02-12 09:00:00' AS TIMESTAMP)
                    THEN 1119024000000000
                    WHEN opened >= CAST('2024-01-01 09:00:00' AS TIMESTAMP)
                    THEN 1118016000000000
                    ELSE 0
                  END
                )
              END < 0
            ) <> (3600000000 < 0)
            THEN -(
              CAST(DIV(
                (
                  ABS(
                    CAST(CAST(CASE
                      WHEN until >= CAST('2004-01-01 00:00:00' AS TIMESTAMP)
                      AND until < CAST('2030-01-01 00:00:00' AS TIMESTAMP)
                      THEN GREATEST(
                        CAST(DIV((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000), 604800000000) AS BIGINT) * 172800000000 + LEAST(
                          GREATEST(
                            ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 32400000000,
                            0
                          ),
                          10800000000
                        ) + LEAST(
                          GREATEST(
                            ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 46800000000,
                            0
                          ),
                          18000000000
                        ) + LEAST(
                          GREATEST(
                            ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 118800000000,
                            0
                          ),
                          10800000000
                        ) + LEAST(
                          GREATEST(
                            ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 133200000000,
                            0
                          ),
                          18000000000
                        ) + LEAST(
                          GREATEST(
                            ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 205200000000,
                            0
                          ),
                          10800000000
                        ) + LEAST(
                          GREATEST(
                            ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 219600000000,
                            0
                          ),
                          18000000000
                        ) + LEAST(
                          GREATEST(
                            ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 291600000000,
                            0
                          ),
                          10800000000
                        ) + LEAST(
                          GREATEST(
                            ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 306000000000,
                            0
                          ),
                          18000000000
                        ) + LEAST(
                          GREATEST(
                            ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 378000000000,
                            0
                          ),
                          10800000000
                        ) + LEAST(
                          GREATEST(
                            ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 392400000000,
                            0
                          ),
                          18000000000
                        ) + LEAST(
                          GREATEST(
                            ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 464400000000,
                            0
                          ),
                          10800000000
                        ) + LEAST(
                          GREATEST(
                            ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 478800000000,
                            0
                          ),
                          18000000000
                        ) - CASE
                          WHEN until >= CAST('2024-02-23 09:00:00' AS TIMESTAMP)
                          THEN 86400000000
                          WHEN until >= CAST('2024-02-12 09:00:00' AS TIMESTAMP)
                          THEN 57600000000
                          WHEN until >= CAST('2024-01-01 09:00:00' AS TIMESTAMP)
                          THEN 28800000000
                          ELSE 0
                        END,
                        CASE
                          WHEN until >= CAST('2024-02-23 09:00:00' AS TIMESTAMP)
                          THEN 1119283200000000
                          WHEN until >= CAST('2024-02-12 09:00:00' AS TIMESTAMP)
                          THEN 1119024000000000
                          WHEN until >= CAST('2024-01-01 09:00:00' AS TIMESTAMP)
                          THEN 1118016000000000
                          ELSE 0
                        END
                      )
                    END - CASE
                      WHEN opened >= CAST('2004-01-01 00:00:00' AS TIMESTAMP)
                      AND opened < CAST('2030-01-01 00:00:00' AS TIMESTAMP)
                      THEN GREATEST(
                        CAST(DIV((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000), 604800000000) AS BIGINT) * 172800000000 + LEAST(
                          GREATEST(
                            ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 32400000000,
                            0
                          ),
                          10800000000
                        ) + LEAST(
                          GREATEST(
                            ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 46800000000,
                            0
                          ),
                          18000000000
                        ) + LEAST(
                          GREATEST(
                            ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 118800000000,
                            0
                          ),
                          10800000000
                        ) + LEAST(
                          GREATEST(
                            ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 133200000000,
                            0
                          ),
                          18000000000
                        ) + LEAST(
                          GREATEST(
                            ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 205200000000,
                            0
                          ),
                          10800000000
                        ) + LEAST(
                          GREATEST(
                            ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 219600000000,
                            0
                          ),
                          18000000000
                        ) + LEAST(
                          GREATEST(
                            ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 291600000000,
                            0
                          ),
                          10800000000
                        ) + LEAST(
                          GREATEST(
                            ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 306000000000,
                            0
                          ),
                          18000000000
                        ) + LEAST(
                          GREATEST(
                            ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 378000000000,
                            0
                          ),
                          10800000000
                        ) + LEAST(
                          GREATEST(
                            ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 392400000000,
                            0
                          ),
                          18000000000
                        ) + LEAST(
                          GREATEST(
                            ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 464400000000,
                            0
                          ),
                          10800000000
                        ) + LEAST(
                          GREATEST(
                            ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 478800000000,
                            0
                          ),
                          18000000000
                        ) - CASE
                          WHEN opened >= CAST('2024-02-23 09:00:00' AS TIMESTAMP)
                          THEN 86400000000
                          WHEN opened >= CAST('2024-02-12 09:00:00' AS TIMESTAMP)
                          THEN 57600000000
                          WHEN opened >= CAST('2024-01-01 09:00:00' AS TIMESTAMP)
                          THEN 28800000000
                          ELSE 0
                        END,
                        CASE
                          WHEN opened >= CAST('2024-02-23 09:00:00' AS TIMESTAMP)
                          THEN 1119283200000000
                          WHEN opened >= CAST('2024-02-12 09:00:00' AS TIMESTAMP)
                          THEN 1119024000000000
                          WHEN opened >= CAST('2024-01-01 09:00:00' AS TIMESTAMP)
                          THEN 1118016000000000
                          ELSE 0
                        END
                      )
                    END AS DECIMAL(38, 0)) * 1 AS DECIMAL(38, 0)) * CAST(1000 AS DECIMAL(38, 0))
                  ) * CAST(2 AS DECIMAL(38, 0)) + ABS(CAST(CAST(3600000000 AS DECIMAL(38, 0)) * 1 AS DECIMAL(38, 0)))
                ),
                NULLIF(
                  ABS(CAST(CAST(3600000000 AS DECIMAL(38, 0)) * 1 AS DECIMAL(38, 0))) * CAST(2 AS DECIMAL(38, 0)),
                  CAST(0 AS DECIMAL(38, 0))
                )
              ) AS DECIMAL(30, 0)) * CAST(0.001 AS DECIMAL(4, 3))
            )
            ELSE CAST(DIV(
              (
                ABS(
                  CAST(CAST(CASE
                    WHEN until >= CAST('2004-01-01 00:00:00' AS TIMESTAMP)
                    AND until < CAST('2030-01-01 00:00:00' AS TIMESTAMP)
                    THEN GREATEST(
                      CAST(DIV((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000), 604800000000) AS BIGINT) * 172800000000 + LEAST(
                        GREATEST(
                          ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 32400000000,
                          0
                        ),
                        10800000000
                      ) + LEAST(
                        GREATEST(
                          ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 46800000000,
                          0
                        ),
                        18000000000
                      ) + LEAST(
                        GREATEST(
                          ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 118800000000,
                          0
                        ),
                        10800000000
                      ) + LEAST(
                        GREATEST(
                          ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 133200000000,
                          0
                        ),
                        18000000000
                      ) + LEAST(
                        GREATEST(
                          ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 205200000000,
                          0
                        ),
                        10800000000
                      ) + LEAST(
                        GREATEST(
                          ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 219600000000,
                          0
                        ),
                        18000000000
                      ) + LEAST(
                        GREATEST(
                          ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 291600000000,
                          0
                        ),
                        10800000000
                      ) + LEAST(
                        GREATEST(
                          ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 306000000000,
                          0
                        ),
                        18000000000
                      ) + LEAST(
                        GREATEST(
                          ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 378000000000,
                          0
                        ),
                        10800000000
                      ) + LEAST(
                        GREATEST(
                          ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 392400000000,
                          0
                        ),
                        18000000000
                      ) + LEAST(
                        GREATEST(
                          ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 464400000000,
                          0
                        ),
                        10800000000
                      ) + LEAST(
                        GREATEST(
                          ((CAST(EXTRACT(epoch FROM until) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 478800000000,
                          0
                        ),
                        18000000000
                      ) - CASE
                        WHEN until >= CAST('2024-02-23 09:00:00' AS TIMESTAMP)
                        THEN 86400000000
                        WHEN until >= CAST('2024-02-12 09:00:00' AS TIMESTAMP)
                        THEN 57600000000
                        WHEN until >= CAST('2024-01-01 09:00:00' AS TIMESTAMP)
                        THEN 28800000000
                        ELSE 0
                      END,
                      CASE
                        WHEN until >= CAST('2024-02-23 09:00:00' AS TIMESTAMP)
                        THEN 1119283200000000
                        WHEN until >= CAST('2024-02-12 09:00:00' AS TIMESTAMP)
                        THEN 1119024000000000
                        WHEN until >= CAST('2024-01-01 09:00:00' AS TIMESTAMP)
                        THEN 1118016000000000
                        ELSE 0
                      END
                    )
                  END - CASE
                    WHEN opened >= CAST('2004-01-01 00:00:00' AS TIMESTAMP)
                    AND opened < CAST('2030-01-01 00:00:00' AS TIMESTAMP)
                    THEN GREATEST(
                      CAST(DIV((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000), 604800000000) AS BIGINT) * 172800000000 + LEAST(
                        GREATEST(
                          ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 32400000000,
                          0
                        ),
                        10800000000
                      ) + LEAST(
                        GREATEST(
                          ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 46800000000,
                          0
                        ),
                        18000000000
                      ) + LEAST(
                        GREATEST(
                          ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 118800000000,
                          0
                        ),
                        10800000000
                      ) + LEAST(
                        GREATEST(
                          ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 133200000000,
                          0
                        ),
                        18000000000
                      ) + LEAST(
                        GREATEST(
                          ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 205200000000,
                          0
                        ),
                        10800000000
                      ) + LEAST(
                        GREATEST(
                          ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 219600000000,
                          0
                        ),
                        18000000000
                      ) + LEAST(
                        GREATEST(
                          ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 291600000000,
                          0
                        ),
                        10800000000
                      ) + LEAST(
                        GREATEST(
                          ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 306000000000,
                          0
                        ),
                        18000000000
                      ) + LEAST(
                        GREATEST(
                          ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 378000000000,
                          0
                        ),
                        10800000000
                      ) + LEAST(
                        GREATEST(
                          ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 392400000000,
                          0
                        ),
                        18000000000
                      ) + LEAST(
                        GREATEST(
                          ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 464400000000,
                          0
                        ),
                        10800000000
                      ) + LEAST(
                        GREATEST(
                          ((CAST(EXTRACT(epoch FROM opened) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 478800000000,
                          0
                        ),
                        18000000000
                      ) - CASE
                        WHEN opened >= CAST('2024-02-23 09:00:00' AS TIMESTAMP)
                        THEN 86400000000
                        WHEN opened >= CAST('2024-02-12 09:00:00' AS TIMESTAMP)
                        THEN 57600000000
                        WHEN opened >= CAST('2024-01-01 09:00:00' AS TIMESTAMP)
                        THEN 28800000000
                        ELSE 0
                      END,
                      CASE
                        WHEN opened >= CAST('2024-02-23 09:00:00' AS TIMESTAMP)
                        THEN 1119283200000000
                        WHEN opened >= CAST('2024-02-12 09:00:00' AS TIMESTAMP)
                        THEN 1119024000000000
                        WHEN opened >= CAST('2024-01-01 09:00:00' AS TIMESTAMP)
                        THEN 1118016000000000
                        ELSE 0
                      END
                    )
                  END AS DECIMAL(38, 0)) * 1 AS DECIMAL(38, 0)) * CAST(1000 AS DECIMAL(38, 0))
                ) * CAST(2 AS DECIMAL(38, 0)) + ABS(CAST(CAST(3600000000 AS DECIMAL(38, 0)) * 1 AS DECIMAL(38, 0)))
              ),
              NULLIF(
                ABS(CAST(CAST(3600000000 AS DECIMAL(38, 0)) * 1 AS DECIMAL(38, 0))) * CAST(2 AS DECIMAL(38, 0)),
                CAST(0 AS DECIMAL(38, 0))
              )
            ) AS DECIMAL(30, 0)) * CAST(0.001 AS DECIMAL(4, 3))
          END > CASE WHEN priority = 'high' THEN 4 ELSE 9.5 END
        )
        THEN 1
      END
    ) AS count_3,
    MIN(CASE WHEN (closed IS NULL) THEN opened END) AS min_4,
    MAX(opened) AS max_6
  FROM tickets_known AS r
  GROUP BY
    team
),
-- alarms: exact sums and counts for each unit
alarms_atoms AS (
  SELECT
    team AS key_team,
    MIN(at) AS min_5
  FROM alarms_known AS r
  GROUP BY
    team
),
-- all sources side by side, one row per unit
atoms AS (
  SELECT
    u.key_team,
    tickets_atoms.sum_1,
    tickets_atoms.count_2,
    tickets_atoms.count_3,
    tickets_atoms.min_4,
    tickets_atoms.max_6,
    alarms_atoms.min_5
  FROM units AS u
  LEFT JOIN tickets_atoms
    ON u.key_team = CAST(tickets_atoms.key_team AS TEXT)
  LEFT JOIN alarms_atoms
    ON u.key_team = CAST(alarms_atoms.key_team AS TEXT)
),
-- formulas of hours, overdue, oldest, waited
formulas_1 AS (
  SELECT
    key_team,
    CAST(sum_1 AS DOUBLE PRECISION) / NULLIF(CAST(count_2 AS DOUBLE PRECISION), CAST('0' AS DOUBLE PRECISION)) / NULLIF(CAST('3600000000' AS DOUBLE PRECISION), CAST('0' AS DOUBLE PRECISION)) AS signal_hours,
    CAST(count_3 AS DOUBLE PRECISION) AS signal_overdue,
    CAST(1119484800000000 - CASE
      WHEN min_4 >= CAST('2004-01-01 00:00:00' AS TIMESTAMP)
      AND min_4 < CAST('2030-01-01 00:00:00' AS TIMESTAMP)
      THEN GREATEST(
        CAST(DIV((CAST(EXTRACT(epoch FROM min_4) * 1000000 AS BIGINT) + 2208988800000000), 604800000000) AS BIGINT) * 172800000000 + LEAST(
          GREATEST(
            ((CAST(EXTRACT(epoch FROM min_4) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 32400000000,
            0
          ),
          10800000000
        ) + LEAST(
          GREATEST(
            ((CAST(EXTRACT(epoch FROM min_4) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 46800000000,
            0
          ),
          18000000000
        ) + LEAST(
          GREATEST(
            ((CAST(EXTRACT(epoch FROM min_4) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 118800000000,
            0
          ),
          10800000000
        ) + LEAST(
          GREATEST(
            ((CAST(EXTRACT(epoch FROM min_4) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 133200000000,
            0
          ),
          18000000000
        ) + LEAST(
          GREATEST(
            ((CAST(EXTRACT(epoch FROM min_4) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 205200000000,
            0
          ),
          10800000000
        ) + LEAST(
          GREATEST(
            ((CAST(EXTRACT(epoch FROM min_4) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 219600000000,
            0
          ),
          18000000000
        ) + LEAST(
          GREATEST(
            ((CAST(EXTRACT(epoch FROM min_4) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 291600000000,
            0
          ),
          10800000000
        ) + LEAST(
          GREATEST(
            ((CAST(EXTRACT(epoch FROM min_4) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 306000000000,
            0
          ),
          18000000000
        ) + LEAST(
          GREATEST(
            ((CAST(EXTRACT(epoch FROM min_4) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 378000000000,
            0
          ),
          10800000000
        ) + LEAST(
          GREATEST(
            ((CAST(EXTRACT(epoch FROM min_4) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 392400000000,
            0
          ),
          18000000000
        ) + LEAST(
          GREATEST(
            ((CAST(EXTRACT(epoch FROM min_4) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 464400000000,
            0
          ),
          10800000000
        ) + LEAST(
          GREATEST(
            ((CAST(EXTRACT(epoch FROM min_4) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 478800000000,
            0
          ),
          18000000000
        ) - CASE
          WHEN min_4 >= CAST('2024-02-23 09:00:00' AS TIMESTAMP)
          THEN 86400000000
          WHEN min_4 >= CAST('2024-02-12 09:00:00' AS TIMESTAMP)
          THEN 57600000000
          WHEN min_4 >= CAST('2024-01-01 09:00:00' AS TIMESTAMP)
          THEN 28800000000
          ELSE 0
        END,
        CASE
          WHEN min_4 >= CAST('2024-02-23 09:00:00' AS TIMESTAMP)
          THEN 1119283200000000
          WHEN min_4 >= CAST('2024-02-12 09:00:00' AS TIMESTAMP)
          THEN 1119024000000000
          WHEN min_4 >= CAST('2024-01-01 09:00:00' AS TIMESTAMP)
          THEN 1118016000000000
          ELSE 0
        END
      )
    END AS DOUBLE PRECISION) / NULLIF(CAST('3600000000' AS DOUBLE PRECISION), CAST('0' AS DOUBLE PRECISION)) AS signal_oldest,
    CAST(CASE
      WHEN max_6 >= CAST('2004-01-01 00:00:00' AS TIMESTAMP)
      AND max_6 < CAST('2030-01-01 00:00:00' AS TIMESTAMP)
      THEN GREATEST(
        CASE CASE
            WHEN max_6 >= CAST('2029-11-04 15:00:00' AS TIMESTAMP)
            THEN 0
            WHEN max_6 >= CAST('2029-03-11 16:00:00' AS TIMESTAMP)
            THEN 1
            WHEN max_6 >= CAST('2028-11-05 15:00:00' AS TIMESTAMP)
            THEN 0
            WHEN max_6 >= CAST('2028-03-12 16:00:00' AS TIMESTAMP)
            THEN 1
            WHEN max_6 >= CAST('2027-11-07 15:00:00' AS TIMESTAMP)
            THEN 0
            WHEN max_6 >= CAST('2027-03-14 16:00:00' AS TIMESTAMP)
            THEN 1
            WHEN max_6 >= CAST('2026-11-01 15:00:00' AS TIMESTAMP)
            THEN 0
            WHEN max_6 >= CAST('2026-03-08 16:00:00' AS TIMESTAMP)
            THEN 1
            WHEN max_6 >= CAST('2025-11-02 15:00:00' AS TIMESTAMP)
            THEN 0
            WHEN max_6 >= CAST('2025-03-09 16:00:00' AS TIMESTAMP)
            THEN 1
            WHEN max_6 >= CAST('2024-11-03 15:00:00' AS TIMESTAMP)
            THEN 0
            WHEN max_6 >= CAST('2024-03-10 16:00:00' AS TIMESTAMP)
            THEN 1
            WHEN max_6 >= CAST('2023-11-05 15:00:00' AS TIMESTAMP)
            THEN 0
            WHEN max_6 >= CAST('2023-03-12 16:00:00' AS TIMESTAMP)
            THEN 1
            WHEN max_6 >= CAST('2022-11-06 15:00:00' AS TIMESTAMP)
            THEN 0
            WHEN max_6 >= CAST('2022-03-13 16:00:00' AS TIMESTAMP)
            THEN 1
            WHEN max_6 >= CAST('2021-11-07 15:00:00' AS TIMESTAMP)
            THEN 0
            WHEN max_6 >= CAST('2021-03-14 16:00:00' AS TIMESTAMP)
            THEN 1
            WHEN max_6 >= CAST('2020-11-01 15:00:00' AS TIMESTAMP)
            THEN 0
            WHEN max_6 >= CAST('2020-03-08 16:00:00' AS TIMESTAMP)
            THEN 1
            WHEN max_6 >= CAST('2019-11-03 15:00:00' AS TIMESTAMP)
            THEN 0
            WHEN max_6 >= CAST('2019-03-10 16:00:00' AS TIMESTAMP)
            THEN 1
            WHEN max_6 >= CAST('2018-11-04 15:00:00' AS TIMESTAMP)
            THEN 0
            WHEN max_6 >= CAST('2018-03-11 16:00:00' AS TIMESTAMP)
            THEN 1
            WHEN max_6 >= CAST('2017-11-05 15:00:00' AS TIMESTAMP)
            THEN 0
            WHEN max_6 >= CAST('2017-03-12 16:00:00' AS TIMESTAMP)
            THEN 1
            WHEN max_6 >= CAST('2016-11-06 15:00:00' AS TIMESTAMP)
            THEN 0
            WHEN max_6 >= CAST('2016-03-13 16:00:00' AS TIMESTAMP)
            THEN 1
            WHEN max_6 >= CAST('2015-11-01 15:00:00' AS TIMESTAMP)
            THEN 0
            WHEN max_6 >= CAST('2015-03-08 16:00:00' AS TIMESTAMP)
            THEN 1
            WHEN max_6 >= CAST('2014-11-02 15:00:00' AS TIMESTAMP)
            THEN 0
            WHEN max_6 >= CAST('2014-03-09 16:00:00' AS TIMESTAMP)
            THEN 1
            WHEN max_6 >= CAST('2013-11-03 15:00:00' AS TIMESTAMP)
            THEN 0
            WHEN max_6 >= CAST('2013-03-10 16:00:00' AS TIMESTAMP)
            THEN 1
            WHEN max_6 >= CAST('2012-11-04 15:00:00' AS TIMESTAMP)
            THEN 0
            WHEN max_6 >= CAST('2012-03-11 16:00:00' AS TIMESTAMP)
            THEN 1
            WHEN max_6 >= CAST('2011-11-06 15:00:00' AS TIMESTAMP)
            THEN 0
            WHEN max_6 >= CAST('2011-03-13 16:00:00' AS TIMESTAMP)
            THEN 1
            WHEN max_6 >= CAST('2010-11-07 15:00:00' AS TIMESTAMP)
            THEN 0
            WHEN max_6 >= CAST('2010-03-14 16:00:00' AS TIMESTAMP)
            THEN 1
            WHEN max_6 >= CAST('2009-11-01 15:00:00' AS TIMESTAMP)
            THEN 0
            WHEN max_6 >= CAST('2009-03-08 16:00:00' AS TIMESTAMP)
            THEN 1
            WHEN max_6 >= CAST('2008-11-02 15:00:00' AS TIMESTAMP)
            THEN 0
            WHEN max_6 >= CAST('2008-03-09 16:00:00' AS TIMESTAMP)
            THEN 1
            WHEN max_6 >= CAST('2007-11-04 15:00:00' AS TIMESTAMP)
            THEN 0
            WHEN max_6 >= CAST('2007-03-11 16:00:00' AS TIMESTAMP)
            THEN 1
            WHEN max_6 >= CAST('2006-10-29 15:00:00' AS TIMESTAMP)
            THEN 0
            WHEN max_6 >= CAST('2006-04-02 16:00:00' AS TIMESTAMP)
            THEN 1
            WHEN max_6 >= CAST('2005-10-30 15:00:00' AS TIMESTAMP)
            THEN 0
            WHEN max_6 >= CAST('2005-04-03 16:00:00' AS TIMESTAMP)
            THEN 1
            WHEN max_6 >= CAST('2004-10-31 15:00:00' AS TIMESTAMP)
            THEN 0
            WHEN max_6 >= CAST('2004-04-04 16:00:00' AS TIMESTAMP)
            THEN 1
            WHEN max_6 >= CAST('2004-01-01 00:00:00' AS TIMESTAMP)
            THEN 0
          END
          WHEN 0
          THEN CAST(DIV((CAST(EXTRACT(epoch FROM max_6) * 1000000 AS BIGINT) + 2208938400000000), 604800000000) AS BIGINT) * 133200000000 + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM max_6) * 1000000 AS BIGINT) + 2208938400000000) % 604800000000) - 32400000000,
              0
            ),
            28800000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM max_6) * 1000000 AS BIGINT) + 2208938400000000) % 604800000000) - 118800000000,
              0
            ),
            28800000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM max_6) * 1000000 AS BIGINT) + 2208938400000000) % 604800000000) - 205200000000,
              0
            ),
            28800000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM max_6) * 1000000 AS BIGINT) + 2208938400000000) % 604800000000) - 291600000000,
              0
            ),
            10800000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM max_6) * 1000000 AS BIGINT) + 2208938400000000) % 604800000000) - 306000000000,
              0
            ),
            14400000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM max_6) * 1000000 AS BIGINT) + 2208938400000000) % 604800000000) - 378000000000,
              0
            ),
            21600000000
          )
          ELSE CAST(DIV((CAST(EXTRACT(epoch FROM max_6) * 1000000 AS BIGINT) + 2208942000000000), 604800000000) AS BIGINT) * 133200000000 + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM max_6) * 1000000 AS BIGINT) + 2208942000000000) % 604800000000) - 32400000000,
              0
            ),
            28800000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM max_6) * 1000000 AS BIGINT) + 2208942000000000) % 604800000000) - 118800000000,
              0
            ),
            28800000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM max_6) * 1000000 AS BIGINT) + 2208942000000000) % 604800000000) - 205200000000,
              0
            ),
            28800000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM max_6) * 1000000 AS BIGINT) + 2208942000000000) % 604800000000) - 291600000000,
              0
            ),
            10800000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM max_6) * 1000000 AS BIGINT) + 2208942000000000) % 604800000000) - 306000000000,
              0
            ),
            14400000000
          ) + LEAST(
            GREATEST(
              ((CAST(EXTRACT(epoch FROM max_6) * 1000000 AS BIGINT) + 2208942000000000) % 604800000000) - 378000000000,
              0
            ),
            21600000000
          )
        END - CASE
          WHEN max_6 >= CAST('2024-02-20 01:00:00' AS TIMESTAMP)
          THEN 46800000000
          WHEN max_6 >= CAST('2023-11-23 23:00:00' AS TIMESTAMP)
          THEN 25200000000
          ELSE 0
        END,
        CASE
          WHEN max_6 >= CAST('2024-02-20 01:00:00' AS TIMESTAMP)
          THEN 862718400000000
          WHEN max_6 >= CAST('2023-11-23 23:00:00' AS TIMESTAMP)
          THEN 861091200000000
          ELSE 0
        END
      ) + CASE
        WHEN max_6 >= CAST('2024-02-18 02:30:00' AS TIMESTAMP)
        THEN 12600000000
        WHEN max_6 >= CAST('2024-02-17 23:00:00' AS TIMESTAMP)
        THEN CAST(EXTRACT(epoch FROM max_6) * 1000000 AS BIGINT) - 1708210800000000
        ELSE 0
      END
    END - CASE
      WHEN min_5 >= CAST('2004-01-01 00:00:00' AS TIMESTAMP)
      AND min_5 < CAST('2030-01-01 00:00:00' AS TIMESTAMP)
      THEN GREATEST(
        CAST(DIV((CAST(EXTRACT(epoch FROM min_5) * 1000000 AS BIGINT) + 2208988800000000), 604800000000) AS BIGINT) * 133200000000 + LEAST(
          GREATEST(
            ((CAST(EXTRACT(epoch FROM min_5) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 32400000000,
            0
          ),
          28800000000
        ) + LEAST(
          GREATEST(
            ((CAST(EXTRACT(epoch FROM min_5) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 118800000000,
            0
          ),
          28800000000
        ) + LEAST(
          GREATEST(
            ((CAST(EXTRACT(epoch FROM min_5) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 205200000000,
            0
          ),
          28800000000
        ) + LEAST(
          GREATEST(
            ((CAST(EXTRACT(epoch FROM min_5) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 291600000000,
            0
          ),
          10800000000
        ) + LEAST(
          GREATEST(
            ((CAST(EXTRACT(epoch FROM min_5) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 306000000000,
            0
          ),
          14400000000
        ) + LEAST(
          GREATEST(
            ((CAST(EXTRACT(epoch FROM min_5) * 1000000 AS BIGINT) + 2208988800000000) % 604800000000) - 378000000000,
            0
          ),
          21600000000
        ) - CASE
          WHEN min_5 >= CAST('2024-02-19 11:00:00' AS TIMESTAMP)
          THEN 46800000000
          WHEN min_5 >= CAST('2023-11-23 09:00:00' AS TIMESTAMP)
          THEN 25200000000
          ELSE 0
        END,
        CASE
          WHEN min_5 >= CAST('2024-02-19 11:00:00' AS TIMESTAMP)
          THEN 862718400000000
          WHEN min_5 >= CAST('2023-11-23 09:00:00' AS TIMESTAMP)
          THEN 861091200000000
          ELSE 0
        END
      ) + CASE
        WHEN min_5 >= CAST('2024-02-17 12:30:00' AS TIMESTAMP)
        THEN 12600000000
        WHEN min_5 >= CAST('2024-02-17 09:00:00' AS TIMESTAMP)
        THEN CAST(EXTRACT(epoch FROM min_5) * 1000000 AS BIGINT) - 1708160400000000
        ELSE 0
      END
    END AS DOUBLE PRECISION) / NULLIF(CAST('60000000' AS DOUBLE PRECISION), CAST('0' AS DOUBLE PRECISION)) AS signal_waited
  FROM atoms
),
-- rounded to the declared precision; what is not a finite number is missing
signals_1 AS (
  SELECT
    key_team,
    CASE
      WHEN signal_hours - signal_hours = CAST('0' AS DOUBLE PRECISION)
      THEN CASE
        WHEN ABS(signal_hours) < CAST('9007199254.740992' AS DOUBLE PRECISION)
        THEN CAST(FLOOR(signal_hours * CAST('1000000' AS DOUBLE PRECISION) + CAST('0.5' AS DOUBLE PRECISION)) AS DOUBLE PRECISION) / CAST('1000000' AS DOUBLE PRECISION)
        ELSE signal_hours
      END
    END AS signal_hours,
    CASE
      WHEN signal_overdue - signal_overdue = CAST('0' AS DOUBLE PRECISION)
      THEN CASE
        WHEN ABS(signal_overdue) < CAST('9007199254.740992' AS DOUBLE PRECISION)
        THEN CAST(FLOOR(signal_overdue * CAST('1000000' AS DOUBLE PRECISION) + CAST('0.5' AS DOUBLE PRECISION)) AS DOUBLE PRECISION) / CAST('1000000' AS DOUBLE PRECISION)
        ELSE signal_overdue
      END
    END AS signal_overdue,
    CASE
      WHEN signal_oldest - signal_oldest = CAST('0' AS DOUBLE PRECISION)
      THEN CASE
        WHEN ABS(signal_oldest) < CAST('9007199254.740992' AS DOUBLE PRECISION)
        THEN CAST(FLOOR(signal_oldest * CAST('1000000' AS DOUBLE PRECISION) + CAST('0.5' AS DOUBLE PRECISION)) AS DOUBLE PRECISION) / CAST('1000000' AS DOUBLE PRECISION)
        ELSE signal_oldest
      END
    END AS signal_oldest,
    CASE
      WHEN signal_waited - signal_waited = CAST('0' AS DOUBLE PRECISION)
      THEN CASE
        WHEN ABS(signal_waited) < CAST('9007199254.740992' AS DOUBLE PRECISION)
        THEN CAST(FLOOR(signal_waited * CAST('1000000' AS DOUBLE PRECISION) + CAST('0.5' AS DOUBLE PRECISION)) AS DOUBLE PRECISION) / CAST('1000000' AS DOUBLE PRECISION)
        ELSE signal_waited
      END
    END AS signal_waited
  FROM formulas_1
)
SELECT
  key_team,
  signal_hours,
  signal_overdue,
  signal_oldest,
  signal_waited
FROM signals_1
ORDER BY
  key_team COLLATE "C"
