-- The complete schema of the ledger in PostgreSQL after all steps of migrations/postgresql/. This file is only
-- for reading; the service applies the migrations. A test checks that both make the same schema.
--
-- Tables, columns and views have the same names as in schema/sqlite/schema.sql, and the views show the same.
-- There are two differences. Here many transactions write at once, so a bet's id is its position in its agency's
-- books: ids have no gaps, and no agency waits for another one's ids. And each transaction that stores a batch
-- or closes books stores a unique token, so that it can be looked up if the connection is lost in its COMMIT.
--
-- Times are UTC, for example 2026-11-23T10:00:00.000Z.


CREATE FUNCTION utc_now() RETURNS text
    LANGUAGE sql STABLE
    RETURN to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');


-- The number of steps of migrations/postgresql/ that the database has had. One row.
CREATE TABLE schema_version (
    only_row  boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version   integer NOT NULL
);


-- A service updates this row after it has read: when the update is durable, everything read before it is durable,
-- too. One row.
CREATE TABLE confirmation (
    only_row      boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    confirmed_at  text NOT NULL
);


-- Each running service publishes a hash of its agencies and winning number. This random text is hashed with
-- them, so that nobody can find the number by trying. One row.
CREATE TABLE terms_salt (
    only_row  boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    salt      text NOT NULL
);


-- One row for each draw. At most one draw is open: the draw that has not been drawn.
CREATE TABLE draws (
    draw_id         bigint PRIMARY KEY,
    opened_at       text NOT NULL DEFAULT utc_now(),
    drawn_at        text,                -- NULL while the draw is open
    winning_number  integer,             -- NULL while the draw is open, so that nobody knows it

    CHECK ((drawn_at IS NULL) = (winning_number IS NULL))
);

CREATE UNIQUE INDEX one_open_draw ON draws ((drawn_at IS NULL)) WHERE drawn_at IS NULL;


-- The agencies of a draw. All rows are inserted when the draw opens.
CREATE TABLE agencies (
    draw_id    bigint NOT NULL REFERENCES draws,
    agency_id  integer NOT NULL,
    done_at    text,                     -- NULL while the agency may bet
    bets       bigint,                   -- the balance of its closed books: the number of bets,
    sha256     text,                     -- and the SHA-256 of their lines; see protocol/books.h
    certificate  text,                   -- SHA-256 of the certificate of the peer that closed its books, or NULL
    token      text,                     -- of the transaction that closed its books

    PRIMARY KEY (draw_id, agency_id)
);

CREATE INDEX draws_of_an_agency ON agencies (agency_id, draw_id);


-- One row for each agency. A transaction that writes for an agency locks its row first, so an agency's batches
-- are stored one after the other, whichever services they come through.
CREATE TABLE agency_locks (
    agency_id  integer PRIMARY KEY
);


-- Every batch that was acknowledged. Its bets are those with the ids from first_bet_id on.
CREATE TABLE batches (
    draw_id       bigint NOT NULL,
    agency_id     integer NOT NULL,
    batch_number  bigint NOT NULL,       -- from 1, per draw and agency, without gaps
    first_bet_id  bigint NOT NULL,
    bets          bigint NOT NULL,       -- number of bets
    received_at   text NOT NULL DEFAULT utc_now(),
    sha256        text NOT NULL,         -- of its bets' lines
    upload        text,                  -- of a numbered batch; NULL for BETS
    certificate   text,                  -- SHA-256 of the certificate of the peer that sent it; NULL without TLS
    token         text NOT NULL,         -- of the transaction that stored it

    PRIMARY KEY (draw_id, agency_id, batch_number),
    FOREIGN KEY (draw_id, agency_id) REFERENCES agencies
);


-- Every upload that has stored a batch. An upload is one run of one client, and always belongs to the
-- draw of its first batch.
CREATE TABLE uploads (
    agency_id  integer NOT NULL,
    upload     text NOT NULL,            -- 32 hex digits that the client has chosen
    draw_id    bigint NOT NULL,

    PRIMARY KEY (agency_id, upload),
    FOREIGN KEY (draw_id, agency_id) REFERENCES agencies
);


-- Every bet, byte for byte as it was sent. Its draw and agency are those of its batch. A foreign key
-- would look them up for each bet.
CREATE TABLE bets (
    bet_id      bigint NOT NULL,         -- from 1, per draw and agency, in the order of storing, without gaps
    draw_id     bigint NOT NULL,
    agency_id   integer NOT NULL,
    first_name  text NOT NULL,
    last_name   text NOT NULL,
    document    text NOT NULL,
    birthdate   text NOT NULL,           -- YYYY-MM-DD
    number      integer NOT NULL,

    PRIMARY KEY (draw_id, agency_id, bet_id)
);


-- The winning bets of every drawn draw, inserted when it is drawn.
CREATE TABLE winners (
    draw_id    bigint NOT NULL,
    agency_id  integer NOT NULL,
    bet_id     bigint NOT NULL,

    PRIMARY KEY (draw_id, agency_id, bet_id),
    FOREIGN KEY (draw_id, agency_id, bet_id) REFERENCES bets (draw_id, agency_id, bet_id)
);


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
        string_agg(DISTINCT batches.certificate, ',') AS sent_by,
        agencies.certificate AS closed_by
    FROM agencies
    JOIN draws USING (draw_id)
    LEFT JOIN batches USING (draw_id, agency_id)
    GROUP BY agencies.draw_id, agencies.agency_id, draws.drawn_at;


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
    JOIN bets USING (draw_id, agency_id, bet_id)
    ORDER BY winners.draw_id, winners.agency_id, winners.bet_id;
