#pragma once

#include <Poco/Util/Application.h>

#include <string>
#include <vector>

#include "agency_client/agency_settings.h"
#include "program/program.h"

namespace lottery {

/// The program agency_client: uploads an agency's bets and waits for its winners; or places one
/// bet; or asks whether the service is there.
class AgencyClient : public Program<Poco::Util::Application> {
 public:
  AgencyClient();

 protected:
  void defineOptions(Poco::Util::OptionSet& options) override;
  int serve(const std::vector<std::string>& arguments) override;

 private:
  int take_part(const AgencySettings& settings);
  int place_bet(const AgencySettings& settings);
  static int ping(AgencySettings settings);
};

}  // namespace lottery
