#include "benchmarks/resuming_peers.h"

#include <exception>
#include <stdexcept>

#include "protocol/request.h"
#include "protocol/upload_id.h"

namespace lottery::benchmark {

ResumingPeers::ResumingPeers(std::uint16_t port, AgencyId agency, int count) {
  const std::string question = encode(Resume{agency, UploadId{std::string(32, 'f')}});
  for (int i = 0; i < count; ++i) connections_.push_back(std::make_unique<Connection>(port));
  for (const auto& connection : connections_) {
    threads_.emplace_back([this, &peer = *connection, question] { ask(peer, question); });
  }
}

ResumingPeers::~ResumingPeers() {
  ends_ = true;
  for (std::thread& thread : threads_) thread.join();
}

std::int64_t ResumingPeers::answers() const {
  if (has_failed_) throw std::runtime_error("a peer that sends RESUME has not been answered");
  return answers_;
}

void ResumingPeers::ask(Connection& connection, const std::string& question) {
  try {
    while (!ends_) {
      connection.send(question);
      connection.expect("server:9:");
      ++answers_;
    }
  } catch (const std::exception&) {
    has_failed_ = true;
  }
}

}  // namespace lottery::benchmark
