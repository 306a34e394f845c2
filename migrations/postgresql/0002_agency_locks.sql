-- An agency's batches are ordered by the lock on its row here. Before, an advisory lock ordered them, which any role
-- that may connect to the database could have taken.
CREATE TABLE agency_locks (
    agency_id  integer PRIMARY KEY
);

INSERT INTO agency_locks (agency_id)
SELECT DISTINCT agency_id FROM agencies;
