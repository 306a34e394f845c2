#include "network/name_resolution.h"

#include <Poco/Exception.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "network/event.h"
#include "network/wait.h"

namespace lottery {
namespace {

using Addresses = std::vector<Poco::Net::SocketAddress>;

/// Shared by the resolver's thread and the waiting thread. The last of them deletes it.
struct Resolution {
  Event is_over;
  std::mutex mutex;
  Addresses addresses{};
  std::string problem{};  // the reason if there is no address
};

struct HostAndService {
  std::string host;
  std::string service;
};

HostAndService split(const std::string& host_and_port) {
  const std::size_t colon = host_and_port.rfind(':');
  if (colon == std::string::npos) throw std::runtime_error("it has no port");
  HostAndService parts{host_and_port.substr(0, colon), host_and_port.substr(colon + 1)};
  if (parts.host.starts_with('[') && parts.host.ends_with(']')) {
    parts.host = parts.host.substr(1, parts.host.size() - 2);
  }
  if (parts.host.empty() || parts.service.empty()) {
    throw std::runtime_error(parts.host.empty() ? "it has no host" : "it has no port");
  }
  return parts;
}

Addresses ask_resolver(const std::string& host_and_port) {
  const auto [host, service] = split(host_and_port);
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failure = ::getaddrinfo(host.c_str(), service.c_str(), &hints, &found);
  if (failure == EAI_SYSTEM) throw std::system_error(errno, std::generic_category(), host);
  if (failure != 0) throw std::runtime_error(host + ": " + ::gai_strerror(failure));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> freed_at_end(found, &::freeaddrinfo);
  Addresses addresses;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_family != AF_INET && entry->ai_family != AF_INET6) continue;
    const Poco::Net::SocketAddress address(entry->ai_addr, entry->ai_addrlen);
    // A hosts file may name an address twice.
    if (std::find(addresses.begin(), addresses.end(), address) == addresses.end()) {
      addresses.push_back(address);
    }
  }
  if (addresses.empty()) throw std::runtime_error(host + " has no address");
  return addresses;
}

void resolve_into(Resolution& resolution, const std::string& host_and_port) {
  Addresses addresses;
  std::string problem;
  try {
    addresses = ask_resolver(host_and_port);
  } catch (const Poco::Exception& error) {
    problem = error.displayText();
  } catch (const std::exception& error) {
    problem = error.what();
  }
  {
    const std::lock_guard lock(resolution.mutex);
    resolution.addresses = std::move(addresses);
    resolution.problem = problem;
  }
  resolution.is_over.happen();
}

}  // namespace

std::vector<Poco::Net::SocketAddress> resolve(const std::string& host_and_port, Deadline deadline,
                                              Interruption interruption) {
  const auto resolution = std::make_shared<Resolution>();
  std::thread([resolution, host_and_port] { resolve_into(*resolution, host_and_port); }).detach();
  wait_for(resolution->is_over.descriptor(), POLLIN, deadline, interruption);
  const std::lock_guard lock(resolution->mutex);
  if (resolution->addresses.empty()) throw std::runtime_error(resolution->problem);
  return resolution->addresses;
}

}  // namespace lottery
