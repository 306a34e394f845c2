#include "network/name_resolution.h"

#include <Poco/Exception.h>

#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>

#include "network/event.h"
#include "network/wait.h"

namespace lottery {
namespace {

/// What the resolver's thread and the one that waits for it share. The last of them deletes it.
struct Resolution {
  Event is_over;
  std::mutex mutex;
  std::optional<Poco::Net::SocketAddress> address{};
  std::string problem{};  // if there is no address
};

void ask_resolver(Resolution& resolution, const std::string& host_and_port) {
  std::optional<Poco::Net::SocketAddress> address;
  std::string problem;
  try {
    address.emplace(host_and_port);
  } catch (const Poco::Exception& error) {
    problem = error.displayText();
  } catch (const std::exception& error) {
    problem = error.what();
  }
  {
    const std::lock_guard lock(resolution.mutex);
    resolution.address = address;
    resolution.problem = problem;
  }
  resolution.is_over.happen();
}

}  // namespace

Poco::Net::SocketAddress resolve(const std::string& host_and_port, Deadline deadline,
                                 Interruption interruption) {
  const auto resolution = std::make_shared<Resolution>();
  std::thread([resolution, host_and_port] { ask_resolver(*resolution, host_and_port); }).detach();
  wait_for(resolution->is_over.descriptor(), POLLIN, deadline, interruption);
  const std::lock_guard lock(resolution->mutex);
  if (!resolution->address) throw std::runtime_error(resolution->problem);
  return *resolution->address;
}

}  // namespace lottery
