-- The upload that each numbered batch came with: a repeat is recognised by its upload, its number and
-- its bets. BETS without a number, and the batches from before this step, have none.

ALTER TABLE batches ADD COLUMN upload TEXT;

CREATE INDEX batches_of_an_upload ON batches (agency_id, upload) WHERE upload IS NOT NULL;
