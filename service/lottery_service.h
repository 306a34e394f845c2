#pragma once

#include <filesystem>
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

  // What it may do instead. They throw, with a sentence, unless that is done and all is right.
  void verify();
  void back_up();
  void restore();
  void ask_if_ready();

  std::filesystem::path storage_path() const;
};

}  // namespace lottery
