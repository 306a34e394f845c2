-- Batches and closed books from before version 2 get their balances too, so that from here on there is
-- none without: `lottery_service --verify` takes one that is missing for one that was taken away.
-- lines_sha256 is the service's own function, for the time of the migration.

UPDATE batches
SET sha256 = (
    SELECT lines_sha256(first_name, last_name, document, birthdate, number)
    FROM (
        SELECT *
        FROM bets
        WHERE bet_id >= first_bet_id AND bet_id < first_bet_id + batches.bets
        ORDER BY bet_id
    )
)
WHERE sha256 IS NULL;

UPDATE agencies
SET
    bets = (
        SELECT coalesce(sum(batches.bets), 0)
        FROM batches
        WHERE batches.draw_id = agencies.draw_id AND batches.agency_id = agencies.agency_id
    ),
    sha256 = (
        SELECT lines_sha256(first_name, last_name, document, birthdate, number)
        FROM (
            SELECT bets.*
            FROM batches
            JOIN bets ON bet_id >= first_bet_id AND bet_id < first_bet_id + batches.bets
            WHERE batches.draw_id = agencies.draw_id AND batches.agency_id = agencies.agency_id
            ORDER BY batch_number, bet_id
        )
    )
WHERE done_at IS NOT NULL AND sha256 IS NULL;
