#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <optional>

#include "protocol/agency_id.h"
#include "protocol/upload_id.h"
#include "service/ledger.h"

namespace lottery {

/// The queries by key of a LedgerView, as prepared statements of one connection. LedgerView
/// documents the results. Each call throws SQLite::Exception. Used by the thread that may use the
/// connection.
class KeyQuestions {
 public:
  /// `connection` must outlive this.
  explicit KeyQuestions(SQLite::Database& connection);

  std::optional<DrawId> open_draw();
  std::optional<DrawPhase> newest_draw_of(AgencyId agency);
  std::optional<DrawId> next_draw_of(AgencyId agency, DrawId draw);
  std::optional<DrawId> draw_of_upload(AgencyId agency, const UploadId& upload);
  std::optional<AgencyBooks> books(DrawId draw, AgencyId agency);

 private:
  SQLite::Statement open_draw_;
  SQLite::Statement newest_draw_of_;
  SQLite::Statement next_draw_of_;
  SQLite::Statement draw_of_upload_;
  SQLite::Statement books_;
};

}  // namespace lottery
