#include "benchmarks/asking_peers.h"

#include <exception>
#include <stdexcept>
#include <string>

#include "benchmarks/connection.h"
#include "protocol/request.h"
#include "protocol/upload_id.h"

namespace lottery::benchmark {
namespace {

// The service closes a connection after 100 ERRORs in a row.
constexpr int wrong_done_on_a_connection = 50;

}  // namespace

AskingPeers::AskingPeers(std::uint16_t port, AgencyId agency, int count, Question question)
    : port_(port), agency_(agency) {
  for (int i = 0; i < count; ++i) {
    threads_.emplace_back([this, question] { ask_without_end(question); });
  }
}

AskingPeers::~AskingPeers() {
  ends_ = true;
  for (std::thread& thread : threads_) thread.join();
}

std::int64_t AskingPeers::answers() const {
  if (has_failed_) throw std::runtime_error("a peer that asks without end has not been answered");
  return answers_;
}

void AskingPeers::ask_without_end(Question question) {
  try {
    while (!ends_) {
      if (question == Question::resume) resume();
      if (question == Question::wrong_done) declare_wrong_books();
    }
  } catch (const std::exception&) {
    has_failed_ = true;
  }
}

void AskingPeers::resume() {
  const std::string question = encode(Resume{agency_, UploadId{std::string(32, 'f')}});
  Connection connection(port_);
  while (!ends_) {
    connection.send(question);
    connection.expect("server:9:");
    ++answers_;
  }
}

void AskingPeers::declare_wrong_books() {
  Connection connection(port_);
  connection.send(encode(Resume{agency_, UploadId{std::string(32, 'f')}}));
  connection.expect("server:9:");
  const std::string wrong =
      encode(Done{.agency = agency_, .books = Books{.bets = 1, .sha256 = std::string(64, '0')}});
  for (int i = 0; i < wrong_done_on_a_connection && !ends_; ++i) {
    connection.send(wrong);
    connection.expect("server:1:the books of agency ");
    ++answers_;
  }
}

}  // namespace lottery::benchmark
