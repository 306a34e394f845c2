#pragma once

#include <optional>

#include "service/ledger.h"
#include "service/storage/sqlite/error_policy.h"
#include "service/storage/sqlite/key_questions.h"

namespace lottery {

/// The LedgerView part of read and write transactions: runs the KeyQuestions of the transaction's
/// connection, and converts SQLite's exceptions to the ledger's.
template <typename Transaction>
class SqliteView : public Transaction {
 public:
  std::optional<DrawId> open_draw() override {
    return errors_.guarded([&] { return questions_.open_draw(); });
  }

  std::optional<DrawPhase> newest_draw_of(AgencyId agency) override {
    return errors_.guarded([&] { return questions_.newest_draw_of(agency); });
  }

  std::optional<DrawId> next_draw_of(AgencyId agency, DrawId draw) override {
    return errors_.guarded([&] { return questions_.next_draw_of(agency, draw); });
  }

  std::optional<DrawId> draw_of_upload(AgencyId agency, const UploadId& upload) override {
    return errors_.guarded([&] { return questions_.draw_of_upload(agency, upload); });
  }

  std::optional<AgencyBooks> books(DrawId draw, AgencyId agency) override {
    return errors_.guarded([&] { return questions_.books(draw, agency); });
  }

 protected:
  /// Both must outlive this.
  SqliteView(KeyQuestions& questions, ErrorPolicy& errors)
      : errors_(errors), questions_(questions) {}

  ErrorPolicy& errors_;

 private:
  KeyQuestions& questions_;
};

}  // namespace lottery
