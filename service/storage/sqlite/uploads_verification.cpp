#include "service/storage/sqlite/uploads_verification.h"

#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <string>

#include "text/printable.h"

namespace lottery {

void check_uploads(SQLite::Database& database, Findings& findings) {
  Place uploads{"the uploads"};
  SQLite::Statement differences(database, R"sql(
      WITH used AS (SELECT DISTINCT agency_id, upload, draw_id
                    FROM batches
                    WHERE upload IS NOT NULL),
           known AS (SELECT agency_id, upload, draw_id FROM uploads)
      SELECT 'has no batch', * FROM (SELECT * FROM known EXCEPT SELECT * FROM used)
      UNION ALL
      SELECT 'has batches and is not there', *
      FROM (SELECT * FROM used EXCEPT SELECT * FROM known))sql");
  while (differences.executeStep()) {
    findings.problem(uploads, "the upload " + in_quotes(differences.getColumn(2).getString()) +
                                  " of agency " + differences.getColumn(1).getString() +
                                  " in draw " + differences.getColumn(3).getString() + " " +
                                  differences.getColumn(0).getString());
  }
  const std::int64_t count = database.execAndGet("SELECT count(*) FROM uploads").getInt64();
  findings.right(uploads, counted(count, "upload") + ", each in the draw of its batches");
}

}  // namespace lottery
