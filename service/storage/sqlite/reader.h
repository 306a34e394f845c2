#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <memory>

#include "service/storage/sqlite/books_rows.h"
#include "service/storage/sqlite/key_questions.h"
#include "service/storage/sqlite/overview_questions.h"

namespace lottery {

/// A reading connection with its prepared statements. One thread at a time.
struct Reader {
  /// Throws SQLite::Exception.
  explicit Reader(std::unique_ptr<SQLite::Database> opened);

  std::unique_ptr<SQLite::Database> connection;
  KeyQuestions questions;
  SQLite::Statement newest_draw;
  BooksRows books;
  SQLite::Statement winners;
  OverviewQuestions overview;
};

}  // namespace lottery
