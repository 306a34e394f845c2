#include "service/status/open_connections.h"

#include <sys/socket.h>

namespace lottery {
namespace {

void end(const Poco::Net::StreamSocket& socket) noexcept {
  ::shutdown(socket.impl()->sockfd(), SHUT_RDWR);
}

}  // namespace

bool OpenConnections::accept() noexcept {
  const std::lock_guard lock(mutex_);
  if (count_ == max_) return false;
  ++count_;
  return true;
}

OpenConnections::Entry OpenConnections::enter(const Poco::Net::StreamSocket& socket) {
  const std::lock_guard lock(mutex_);
  if (is_cut_) end(socket);
  return sockets_.insert(sockets_.end(), socket);
}

void OpenConnections::leave(Entry entry) noexcept {
  const std::lock_guard lock(mutex_);
  sockets_.erase(entry);
  --count_;
}

void OpenConnections::cut() {
  const std::lock_guard lock(mutex_);
  is_cut_ = true;
  for (const Poco::Net::StreamSocket& socket : sockets_) end(socket);
}

}  // namespace lottery
