-- Who has sent each batch, and who has closed each agency's books: the SHA-256 of the peer's certificate.
-- Batches that came without TLS have none, and neither have those from before this step.

ALTER TABLE batches ADD COLUMN certificate TEXT;

ALTER TABLE agencies ADD COLUMN certificate TEXT;


DROP VIEW open_draw;

DROP VIEW draw_progress;

CREATE VIEW draw_progress AS
    SELECT
        agencies.draw_id,
        agencies.agency_id,
        CASE
            WHEN draws.drawn_at IS NOT NULL THEN 'drawn'
            WHEN agencies.done_at IS NOT NULL THEN 'closed'
            ELSE 'open'
        END AS state,
        count(batches.batch_number) AS batches,
        coalesce(sum(batches.bets), 0) AS bets,
        max(batches.received_at) AS last_batch_at,
        agencies.done_at,
        group_concat(DISTINCT batches.certificate) AS sent_by,
        agencies.certificate AS closed_by
    FROM agencies
    JOIN draws USING (draw_id)
    LEFT JOIN batches USING (draw_id, agency_id)
    GROUP BY agencies.draw_id, agencies.agency_id;

CREATE VIEW open_draw AS
    SELECT agency_id, state, batches, bets, last_batch_at, done_at, sent_by, closed_by
    FROM draw_progress
    WHERE draw_id = (SELECT draw_id FROM draws WHERE drawn_at IS NULL);
