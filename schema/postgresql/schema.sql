-- The schema of the ledger in PostgreSQL, whole, as it is after every step of migrations/postgresql/: this
-- file is for reading, those are what the service applies. A test holds the two equal.
--
-- Tables, columns and views have the names that they have in schema/sqlite/schema.sql, and the views show the
-- same. Two things differ. Here many transactions write at once, so a bet's id is its place in its agency's
-- books: it has no gaps, and no transaction waits for another one's. And each transaction that stores a batch or
-- closes books leaves a token of its own, by which it is found again if the connection is lost in its COMMIT.
--
-- Times are UTC, as in 2026-11-23T10:00:00.000Z.


CREATE FUNCTION utc_now() RETURNS text
    LANGUAGE sql STABLE
    RETURN to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');


-- How many steps of migrations/postgresql/ the database has had. One row.
CREATE TABLE schema_version (
    only_row  boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version   integer NOT NULL
);


-- What a service writes when it has connected: once that is replicated, all is that it can see. One row.
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


-- One row for each draw. One draw is open at a time: the one that has not been drawn.
CREATE TABLE draws (
    draw_id         bigint PRIMARY KEY,
    opened_at       text NOT NULL DEFAULT utc_now(),
    drawn_at        text,                -- NULL while the draw is open
    winning_number  integer,             -- not known to anybody before the draw

    CHECK ((drawn_at IS NULL) = (winning_number IS NULL))
);

CREATE UNIQUE INDEX one_open_draw ON draws ((drawn_at IS NULL)) WHERE drawn_at IS NULL;


-- The agencies that a draw has, all there from the moment it opens.
CREATE TABLE agencies (
    draw_id    bigint NOT NULL REFERENCES draws,
    agency_id  integer NOT NULL,
    done_at    text,                     -- NULL while the agency may bet
    bets       bigint,                   -- the balance of its closed books: how many bets,
    sha256     text,                     -- and the SHA-256 of their lines; see protocol/books.h
    certificate  text,                   -- the SHA-256 of that of the peer which closed them, or NULL
    token      text,                     -- of the transaction that closed them

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
    batch_number  bigint NOT NULL,       -- from 1, per draw and agency, with no gap
    first_bet_id  bigint NOT NULL,
    bets          bigint NOT NULL,       -- how many
    received_at   text NOT NULL DEFAULT utc_now(),
    sha256        text NOT NULL,         -- of its bets' lines
    upload        text,                  -- of a numbered batch; NULL for BETS
    certificate   text,                  -- the SHA-256 of that of the peer which sent it; NULL without TLS
    token         text NOT NULL,         -- of the transaction that stored it

    PRIMARY KEY (draw_id, agency_id, batch_number),
    FOREIGN KEY (draw_id, agency_id) REFERENCES agencies
);


-- Every upload that has stored a batch. An upload is one run of one client, and belongs to the draw of
-- its first batch for good.
CREATE TABLE uploads (
    agency_id  integer NOT NULL,
    upload     text NOT NULL,            -- 32 hex digits that the client has chosen
    draw_id    bigint NOT NULL,

    PRIMARY KEY (agency_id, upload),
    FOREIGN KEY (draw_id, agency_id) REFERENCES agencies
);


-- Every bet, byte for byte as it was sent. Its draw and agency are those of its batch; a foreign key
-- would look that up once for each bet.
CREATE TABLE bets (
    bet_id      bigint NOT NULL,         -- from 1, per draw and agency, in the order of storing, with no gap
    draw_id     bigint NOT NULL,
    agency_id   integer NOT NULL,
    first_name  text NOT NULL,
    last_name   text NOT NULL,
    document    text NOT NULL,
    birthdate   text NOT NULL,           -- YYYY-MM-DD
    number      integer NOT NULL,

    PRIMARY KEY (draw_id, agency_id, bet_id)
);


-- The winning bets of every draw that was drawn, written down when it was.
CREATE TABLE winners (
    draw_id    bigint NOT NULL,
    agency_id  integer NOT NULL,
    bet_id     bigint NOT NULL,

    PRIMARY KEY (draw_id, agency_id, bet_id),
    FOREIGN KEY (draw_id, agency_id, bet_id) REFERENCES bets (draw_id, agency_id, bet_id)
);


-- How far each agency is, in the open draw and in every one before it; and whose certificates its
-- batches were sent with, and its books closed with, if the service was reached over TLS.
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
