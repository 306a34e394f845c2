#pragma once

#include <Poco/Util/ServerApplication.h>

#include <string>
#include <vector>

#include "program/program.h"

namespace lottery {

/// The program lottery_service: reads its settings, opens the database, and serves until it is told
/// to stop by SIGTERM or SIGINT, or its database fails.
class LotteryService : public Program<Poco::Util::ServerApplication> {
 public:
  LotteryService();

 protected:
  int serve(const std::vector<std::string>& arguments) override;
};

}  // namespace lottery
