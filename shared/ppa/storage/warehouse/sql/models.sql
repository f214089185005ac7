-- models with their current state: the newest event of each kind decides; only one model of a label has an alias
WITH happened AS (
  SELECT
    v.model_id, v.event, v.detail, v.`at`,
    CASE
      WHEN v.event IN ('activated', 'deactivated') THEN 'activity'
      WHEN v.event IN ('alias_set', 'alias_removed', 'alias_restored') THEN v.detail
      ELSE v.event
    END AS thing,
    CASE
      WHEN v.event IN ('alias_set', 'alias_removed', 'alias_restored') THEN m.label_id
      ELSE v.model_id
    END AS owner
  FROM `{dataset}.model_events` v
  JOIN `{dataset}.models` m ON m.model_id = v.model_id
),
newest AS (
  SELECT model_id, event, detail, `at`, thing
  FROM happened
  QUALIFY ROW_NUMBER() OVER (PARTITION BY owner, thing ORDER BY `at` DESC) = 1
),
state AS (
  SELECT
    model_id,
    MAX(CASE WHEN event = 'activated' THEN `at` END) AS active_since,
    MAX(CASE WHEN thing = 'champion' AND event <> 'alias_removed' THEN `at` END) AS champion_since,
    MAX(CASE WHEN thing = 'challenger' AND event <> 'alias_removed' THEN `at` END) AS challenger_since,
    MAX(CASE WHEN thing = 'tags_set' THEN detail END) AS tags_now,
    MAX(CASE WHEN thing = 'notes_set' THEN detail END) AS notes_now,
    MAX(CASE WHEN thing = 'expiry_set' THEN detail END) AS expiry_now,
    MAX(CASE WHEN thing = 'converted' THEN detail END) AS program_now
  FROM newest
  GROUP BY model_id
)
SELECT
  m.* EXCEPT (reference),
  l.mode, l.lookahead, l.threshold, l.stop_loss, l.volatility_window,
  s.active_since IS NOT NULL AS active,
  MAX(CASE WHEN s.champion_since IS NOT NULL THEN m.model_id END) OVER (PARTITION BY m.label_id) AS champion,
  s.active_since, s.champion_since, s.challenger_since, s.tags_now, s.notes_now, s.expiry_now, s.program_now
FROM `{dataset}.models` m
JOIN `{dataset}.labels` l ON l.label_id = m.label_id
LEFT JOIN state s ON s.model_id = m.model_id
ORDER BY m.uploaded_at DESC, m.model_id
