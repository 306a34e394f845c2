#pragma once

#include <string>
#include <vector>

#include "program/program.h"

namespace lottery {

/// The program lottery_service: reads its settings, opens the database, and serves until it is told
/// to stop by SIGTERM or SIGINT, or its database fails. Or it verifies or backs up the database,
/// which another one may be serving, or restores it from a backup.
class LotteryService : public Program {
 public:
  LotteryService();

 protected:
  void defineOptions(Poco::Util::OptionSet& options) override;
  int serve(const std::vector<std::string>& arguments) override;

 private:
  int serve_agencies();

  /// Does what an option asks for instead of serving. Returns false if none does. Throws, with a
  /// sentence, unless that is done and all is right.
  bool do_task();

  void ask_if_ready();
};

}  // namespace lottery
