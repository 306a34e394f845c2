#pragma once

#include <string>
#include <vector>

#include "program/program.h"

namespace lottery {

/// The program lottery_service. It reads its settings, opens the database, and serves until SIGTERM
/// or SIGINT arrives or the database fails. With an option such as --verify, it does that task on
/// the ledger instead; a running service may be using the ledger meanwhile (not for --restore).
class LotteryService : public Program {
 public:
  LotteryService();

 protected:
  void defineOptions(Poco::Util::OptionSet& options) override;
  int serve(const std::vector<std::string>& arguments) override;

 private:
  int serve_agencies();

  /// Does the task that an option asks for. Returns false if no option asks for one. Throws an
  /// exception with a sentence if the task fails or finds something wrong.
  bool do_task();

  void ask_if_ready();
};

}  // namespace lottery
