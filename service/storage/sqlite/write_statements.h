#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include "service/storage/sqlite/bets_insert.h"
#include "service/storage/sqlite/key_questions.h"

namespace lottery {

/// The prepared statements of the writing connection. Used by the thread that has the write turn.
struct WriteStatements {
  /// `connection` must outlive this. Throws SQLite::Exception.
  explicit WriteStatements(SQLite::Database& connection);

  KeyQuestions questions;

  BetsInsert insert_bets;
  SQLite::Statement insert_batch;
  SQLite::Statement insert_upload;
  SQLite::Statement upload_of_batch;
  SQLite::Statement bets_of_batch;
  SQLite::Statement insert_draw;
  SQLite::Statement insert_agency;
  SQLite::Statement close_books;
  SQLite::Statement has_open_books;
  SQLite::Statement delete_winners;
  SQLite::Statement insert_winners;
  SQLite::Statement end_draw;
};

}  // namespace lottery
