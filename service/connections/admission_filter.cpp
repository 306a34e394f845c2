#include "service/connections/admission_filter.h"

#include "service/connections/address_group.h"
#include "service/connections/thread_shortage.h"
#include "service/connections/turn_away.h"

namespace lottery {

bool AdmissionFilter::accept(const Poco::Net::StreamSocket& socket) {
  switch (registry_.accept(socket, dialect_, address_group_of(socket))) {
    case ConnectionRegistry::Acceptance::accepted:
      return true;
    case ConnectionRegistry::Acceptance::full:
      turn_away(socket, dialect_, "the service is full");
      return false;
    case ConnectionRegistry::Acceptance::address_full:
      turn_away(socket, dialect_,
                "the service is full for this address (service.max_connections_per_address)");
      return false;
    case ConnectionRegistry::Acceptance::no_threads:
      turn_away(socket, dialect_, ThreadShortage::reason);
      return false;
  }
  return false;
}

}  // namespace lottery
