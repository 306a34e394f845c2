-- The complete schema of bets.db after all steps of migrations/sqlite/. This file is only for reading; the
-- service applies the migrations. A test checks that both make the same schema.
--
-- An agency's books in a draw are its batches, in the order of their numbers, each with its bets in
-- the order of their ids. One connection writes, and ids are assigned in the order of writing. So the
-- bets of a batch are contiguous, and so are the bets of a draw. Therefore bets needs no index, which
-- every insert would have to update.
--
-- Times are UTC, for example 2026-11-23T10:00:00.000Z.


-- One row for each draw. At most one draw is open: the draw that has not been drawn.
CREATE TABLE draws (
    draw_id         INTEGER PRIMARY KEY,
    opened_at       TEXT NOT NULL,
    drawn_at        TEXT,                -- NULL while the draw is open
    winning_number  INTEGER,             -- NULL while the draw is open, so that nobody knows it

    CHECK ((drawn_at IS NULL) = (winning_number IS NULL))
) STRICT;

CREATE UNIQUE INDEX one_open_draw ON draws (drawn_at IS NULL) WHERE drawn_at IS NULL;


-- The agencies of a draw. All rows are inserted when the draw opens.
CREATE TABLE agencies (
    draw_id    INTEGER NOT NULL REFERENCES draws,
    agency_id  INTEGER NOT NULL,
    done_at    TEXT,                     -- NULL while the agency may bet
    bets       INTEGER,                  -- the balance of its closed books: the number of bets,
    sha256     TEXT,                     -- and the SHA-256 of their lines; see protocol/books.h
    certificate  TEXT,                   -- SHA-256 of the certificate of the peer that closed its books, or NULL

    PRIMARY KEY (draw_id, agency_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX draws_of_an_agency ON agencies (agency_id, draw_id);


-- Every stored batch. Its bets have the ids from first_bet_id on.
CREATE TABLE batches (
    draw_id       INTEGER NOT NULL,
    agency_id     INTEGER NOT NULL,
    batch_number  INTEGER NOT NULL,      -- from 1, per draw and agency, without gaps
    first_bet_id  INTEGER NOT NULL,
    bets          INTEGER NOT NULL,      -- number of bets
    received_at   TEXT NOT NULL,
    sha256        TEXT,                  -- of its bets' lines; never NULL
    upload        TEXT,                  -- of a numbered batch; NULL for BETS, and before version 4
    certificate   TEXT,                  -- SHA-256 of the certificate of the peer that sent it; NULL without TLS

    PRIMARY KEY (draw_id, agency_id, batch_number),
    FOREIGN KEY (draw_id, agency_id) REFERENCES agencies
) STRICT, WITHOUT ROWID;


-- Every upload that has stored a batch. An upload is one run of one client, and always belongs to the
-- draw of its first batch. An index on batches could replace this table, but it would be written with
-- each batch: that took 3 % more instructions and 22 % more writes for batches of 150 bets.
CREATE TABLE uploads (
    agency_id  INTEGER NOT NULL,
    upload     TEXT NOT NULL,            -- 32 hex digits that the client has chosen
    draw_id    INTEGER NOT NULL,

    PRIMARY KEY (agency_id, upload),
    FOREIGN KEY (draw_id, agency_id) REFERENCES agencies
) STRICT, WITHOUT ROWID;


-- Every bet, byte for byte as it was sent. Its draw and agency are those of its batch. A foreign key
-- would look them up for each bet.
CREATE TABLE bets (
    bet_id      INTEGER PRIMARY KEY,     -- from 1, in the order in which bets were stored
    draw_id     INTEGER NOT NULL,
    agency_id   INTEGER NOT NULL,
    first_name  TEXT NOT NULL,
    last_name   TEXT NOT NULL,
    document    TEXT NOT NULL,
    birthdate   TEXT NOT NULL,           -- YYYY-MM-DD
    number      INTEGER NOT NULL
) STRICT;


-- The winning bets of every drawn draw, inserted when it is drawn.
CREATE TABLE winners (
    draw_id    INTEGER NOT NULL,
    agency_id  INTEGER NOT NULL,
    bet_id     INTEGER NOT NULL REFERENCES bets,

    PRIMARY KEY (draw_id, agency_id, bet_id),
    FOREIGN KEY (draw_id, agency_id) REFERENCES agencies
) STRICT, WITHOUT ROWID;


-- How far each agency is in every draw, open or drawn. sent_by and closed_by are the certificates of
-- the peers that sent its batches and closed its books, if they used TLS.
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


-- The same columns for the open draw only. Empty if no draw is open.
CREATE VIEW open_draw AS
    SELECT agency_id, state, batches, bets, last_batch_at, done_at, sent_by, closed_by
    FROM draw_progress
    WHERE draw_id = (SELECT draw_id FROM draws WHERE drawn_at IS NULL);


-- The winners with their names.
CREATE VIEW winning_bets AS
    SELECT
        winners.draw_id,
        winners.agency_id,
        bets.first_name,
        bets.last_name,
        bets.document,
        bets.birthdate,
        bets.number,
        winners.bet_id
    FROM winners
    JOIN bets USING (bet_id)
    ORDER BY winners.draw_id, winners.agency_id, winners.bet_id;
