CREATE FUNCTION utc_now() RETURNS text
    LANGUAGE sql STABLE
    RETURN to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

CREATE TABLE schema_version (
    only_row  boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version   integer NOT NULL
);

CREATE TABLE confirmation (
    only_row      boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    confirmed_at  text NOT NULL
);

CREATE TABLE terms_salt (
    only_row  boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    salt      text NOT NULL
);

CREATE TABLE draws (
    draw_id         bigint PRIMARY KEY,
    opened_at       text NOT NULL DEFAULT utc_now(),
    drawn_at        text,
    winning_number  integer,

    CHECK ((drawn_at IS NULL) = (winning_number IS NULL))
);

CREATE UNIQUE INDEX one_open_draw ON draws ((drawn_at IS NULL)) WHERE drawn_at IS NULL;

CREATE TABLE agencies (
    draw_id    bigint NOT NULL REFERENCES draws,
    agency_id  integer NOT NULL,
    done_at    text,
    bets       bigint,
    sha256     text,
    certificate  text,
    token      text,

    PRIMARY KEY (draw_id, agency_id)
);

CREATE INDEX draws_of_an_agency ON agencies (agency_id, draw_id);

CREATE TABLE batches (
    draw_id       bigint NOT NULL,
    agency_id     integer NOT NULL,
    batch_number  bigint NOT NULL,
    first_bet_id  bigint NOT NULL,
    bets          bigint NOT NULL,
    received_at   text NOT NULL DEFAULT utc_now(),
    sha256        text NOT NULL,
    upload        text,
    certificate   text,
    token         text NOT NULL,

    PRIMARY KEY (draw_id, agency_id, batch_number),
    FOREIGN KEY (draw_id, agency_id) REFERENCES agencies
);

CREATE TABLE uploads (
    agency_id  integer NOT NULL,
    upload     text NOT NULL,
    draw_id    bigint NOT NULL,

    PRIMARY KEY (agency_id, upload),
    FOREIGN KEY (draw_id, agency_id) REFERENCES agencies
);

CREATE TABLE bets (
    bet_id      bigint NOT NULL,
    draw_id     bigint NOT NULL,
    agency_id   integer NOT NULL,
    first_name  text NOT NULL,
    last_name   text NOT NULL,
    document    text NOT NULL,
    birthdate   text NOT NULL,
    number      integer NOT NULL,

    PRIMARY KEY (draw_id, agency_id, bet_id)
);

CREATE TABLE winners (
    draw_id    bigint NOT NULL,
    agency_id  integer NOT NULL,
    bet_id     bigint NOT NULL,

    PRIMARY KEY (draw_id, agency_id, bet_id),
    FOREIGN KEY (draw_id, agency_id, bet_id) REFERENCES bets (draw_id, agency_id, bet_id)
);

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

CREATE VIEW open_draw AS
    SELECT agency_id, state, batches, bets, last_batch_at, done_at, sent_by, closed_by
    FROM draw_progress
    WHERE draw_id = (SELECT draw_id FROM draws WHERE drawn_at IS NULL);

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

INSERT INTO schema_version (version) VALUES (0);
INSERT INTO confirmation (confirmed_at) VALUES (utc_now());
INSERT INTO terms_salt (salt) VALUES (gen_random_uuid()::text);
