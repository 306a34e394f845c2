#include "service/storage/postgresql/statements.h"

#include <array>
#include <string>

namespace lottery::postgresql {
namespace {

struct Statement {
  const char* name;
  std::string sql;
};

/// Selects books, with the number of the last batch and the id of the next bet. A WHERE completes
/// it.
const std::string books_query = R"sql(
        SELECT draw_id, drawn_at IS NOT NULL, done_at IS NOT NULL, agencies.bets, agencies.sha256,
               coalesce(last.batch_number, 0), coalesce(last.first_bet_id + last.bets, 1)
        FROM agencies
        JOIN draws USING (draw_id)
        LEFT JOIN LATERAL (
            SELECT batch_number, first_bet_id, batches.bets
            FROM batches
            WHERE batches.draw_id = agencies.draw_id AND batches.agency_id = agencies.agency_id
            ORDER BY batch_number DESC
            LIMIT 1) AS last ON true)sql";

// Advisory locks have two numbers: the kind of lock, and an id.
const std::array statements{
    Statement{statement::begin_write, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"},
    Statement{statement::begin_read, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"},
    Statement{statement::commit, "COMMIT"},
    Statement{statement::roll_back, "ROLLBACK"},
    Statement{statement::confirm, "UPDATE confirmation SET confirmed_at = utc_now()"},

    Statement{statement::lock_agency, "SELECT pg_advisory_xact_lock(7574, $1::integer)"},
    Statement{statement::lock_draws, "SELECT pg_advisory_xact_lock(7575, 0)"},
    Statement{statement::lock_closing, "SELECT 1 FROM draws WHERE draw_id = $1::bigint FOR UPDATE"},

    Statement{statement::open_draw, "SELECT draw_id FROM draws WHERE drawn_at IS NULL"},
    Statement{statement::newest_books, books_query + R"sql(
        WHERE agency_id = $1::integer
        ORDER BY draw_id DESC
        LIMIT 2)sql"},
    Statement{statement::books, books_query + R"sql(
        WHERE draw_id = $1::bigint AND agency_id = $2::integer)sql"},
    Statement{statement::newest_draw_of, R"sql(
        SELECT draw_id, drawn_at IS NOT NULL
        FROM agencies
        JOIN draws USING (draw_id)
        WHERE agency_id = $1::integer
          AND (done_at IS NOT NULL
               OR EXISTS (SELECT 1 FROM batches
                          WHERE batches.draw_id = agencies.draw_id
                            AND batches.agency_id = agencies.agency_id))
        ORDER BY draw_id DESC
        LIMIT 1)sql"},
    Statement{statement::next_draw_of, R"sql(
        SELECT draw_id
        FROM agencies
        WHERE agency_id = $1::integer AND draw_id > $2::bigint
          AND (done_at IS NOT NULL
               OR EXISTS (SELECT 1 FROM batches
                          WHERE batches.draw_id = agencies.draw_id
                            AND batches.agency_id = agencies.agency_id))
        ORDER BY draw_id
        LIMIT 1)sql"},
    Statement{statement::draw_of_upload,
              "SELECT draw_id FROM uploads WHERE agency_id = $1::integer AND upload = $2::text"},

    Statement{statement::insert_draw, R"sql(
        INSERT INTO draws (draw_id)
        SELECT coalesce(max(draw_id), 0) + 1 FROM draws
        RETURNING draw_id)sql"},
    Statement{statement::insert_agencies, R"sql(
        INSERT INTO agencies (draw_id, agency_id)
        SELECT $1::bigint, unnest(string_to_array($2::text, ',')::integer[]))sql"},
    Statement{statement::insert_upload, R"sql(
        INSERT INTO uploads (agency_id, upload, draw_id)
        VALUES ($1::integer, $2::text, $3::bigint))sql"},
    Statement{statement::insert_batch, R"sql(
        INSERT INTO batches (draw_id, agency_id, batch_number, first_bet_id, bets, sha256, upload,
                             certificate, token)
        VALUES ($1::bigint, $2::integer, $3::bigint, $4::bigint, $5::bigint, $6::text, $7::text,
                $8::text, $9::text))sql"},
    Statement{statement::insert_bets, R"sql(
        INSERT INTO bets (bet_id, draw_id, agency_id, first_name, last_name, document, birthdate,
                          number)
        SELECT $1::bigint + position - 1, $2::bigint, $3::integer, first_name, last_name, document,
               birthdate, number
        FROM unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::integer[])
            WITH ORDINALITY
            AS new (first_name, last_name, document, birthdate, number, position))sql"},
    Statement{statement::close_books, R"sql(
        UPDATE agencies
        SET done_at = utc_now(), bets = $3::bigint, sha256 = $4::text, certificate = $5::text,
            token = $6::text
        WHERE draw_id = $1::bigint AND agency_id = $2::integer)sql"},
    Statement{statement::has_open_books, R"sql(
        SELECT EXISTS (SELECT 1 FROM agencies WHERE draw_id = $1::bigint AND done_at IS NULL))sql"},
    Statement{statement::delete_winners, "DELETE FROM winners WHERE draw_id = $1::bigint"},
    Statement{statement::insert_winners, R"sql(
        INSERT INTO winners (draw_id, agency_id, bet_id)
        SELECT draw_id, agency_id, bet_id
        FROM bets
        WHERE draw_id = $1::bigint AND number = $2::integer)sql"},
    Statement{statement::end_draw, R"sql(
        UPDATE draws
        SET drawn_at = utc_now(), winning_number = $2::integer
        WHERE draw_id = $1::bigint)sql"},

    Statement{statement::tell_draw, "SELECT pg_notify('lottery_draw', '')"},

    Statement{statement::batch_token, R"sql(
        SELECT token FROM batches
        WHERE draw_id = $1::bigint AND agency_id = $2::integer AND batch_number = $3::bigint)sql"},
    Statement{statement::closing_token, R"sql(
        SELECT token FROM agencies
        WHERE draw_id = $1::bigint AND agency_id = $2::integer)sql"},

    Statement{statement::batch, R"sql(
        SELECT upload, first_bet_id, bets FROM batches
        WHERE draw_id = $1::bigint AND agency_id = $2::integer AND batch_number = $3::bigint)sql"},
    Statement{statement::bets_after, R"sql(
        SELECT first_name, last_name, document, birthdate, number, bet_id
        FROM bets
        WHERE draw_id = $1::bigint AND agency_id = $2::integer AND bet_id > $3::bigint
        ORDER BY bet_id
        LIMIT $4::bigint)sql"},
    Statement{statement::first_bet_after, R"sql(
        SELECT coalesce(max(first_bet_id + bets), 1) FROM batches
        WHERE draw_id = $1::bigint AND agency_id = $2::integer AND batch_number = $3::bigint)sql"},
    Statement{statement::winners_after, R"sql(
        SELECT first_name, last_name, document, birthdate, number, bet_id
        FROM winners
        JOIN bets USING (draw_id, agency_id, bet_id)
        WHERE draw_id = $1::bigint AND agency_id = $2::integer AND bet_id > $3::bigint
        ORDER BY bet_id
        LIMIT $4::bigint)sql"},
    Statement{statement::newest_draw, R"sql(
        SELECT draw_id, drawn_at IS NOT NULL FROM draws ORDER BY draw_id DESC LIMIT 1)sql"},
    Statement{statement::newest_draws, R"sql(
        SELECT draw_id,
               (extract(epoch FROM opened_at::timestamptz) * 1000)::bigint,
               (extract(epoch FROM drawn_at::timestamptz) * 1000)::bigint,
               winning_number
        FROM draws
        ORDER BY draw_id DESC
        LIMIT $1::bigint)sql"},
    Statement{statement::agencies_of, R"sql(
        SELECT agency_id,
               (SELECT coalesce(max(batch_number), 0) FROM batches
                WHERE batches.draw_id = agencies.draw_id
                  AND batches.agency_id = agencies.agency_id),
               (extract(epoch FROM done_at::timestamptz) * 1000)::bigint
        FROM agencies
        WHERE draw_id = $1::bigint
        ORDER BY agency_id)sql"},
    Statement{statement::totals_after, R"sql(
        SELECT coalesce(sum(bets), 0),
               (extract(epoch FROM max(received_at)::timestamptz) * 1000)::bigint
        FROM batches
        WHERE draw_id = $1::bigint AND agency_id = $2::integer AND batch_number > $3::bigint)sql"},
    Statement{statement::bets_in_closed_books, R"sql(
        SELECT coalesce(sum(bets), 0) FROM agencies WHERE draw_id = $1::bigint)sql"},
    Statement{statement::winners_by_agency, R"sql(
        SELECT agency_id, count(*) FROM winners
        WHERE draw_id = $1::bigint
        GROUP BY agency_id)sql"},
    Statement{statement::database_bytes, "SELECT pg_database_size(current_database())"}};

}  // namespace

void prepare_statements(Connection& connection, Deadline deadline) {
  for (const Statement& each : statements)
    connection.prepare(each.name, each.sql.c_str(), deadline);
}

}  // namespace lottery::postgresql
