#pragma once

#include <string>
#include <vector>

#include "program/program.h"

namespace lottery {

/// The program lottery_service. It reads its settings, opens the database, and serves until SIGTERM
/// or SIGINT stops it or its database fails. Alternatively it performs one task: it verifies or
/// backs up the database, which another process may be serving, or restores it from a backup.
class LotteryService : public Program {
 public:
  LotteryService();

 protected:
  void defineOptions(Poco::Util::OptionSet& options) override;
  int serve(const std::vector<std::string>& arguments) override;

 private:
  int serve_agencies();

  /// Performs the task that an option asks for. Returns false if no option asks for one. Throws,
  /// with a sentence for a person, unless the task succeeds and finds nothing wrong.
  bool do_task();

  void ask_if_ready();
};

}  // namespace lottery
