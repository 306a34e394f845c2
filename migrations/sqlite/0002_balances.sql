-- What `lottery_service --verify` holds the bets against: the balance of each batch, and that of the
-- books of each agency that has closed them. Rows from before this step have none.

ALTER TABLE agencies ADD COLUMN bets INTEGER;  -- of its closed books; NULL while the agency may bet
ALTER TABLE agencies ADD COLUMN sha256 TEXT;   -- of the same

ALTER TABLE batches ADD COLUMN sha256 TEXT;    -- of its bets
