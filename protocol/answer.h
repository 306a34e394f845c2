#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/agency_id.h"
#include "protocol/bet.h"
#include "protocol/books.h"
#include "protocol/request.h"

/// What the service says to agencies: messages, their bytes and their meaning.
namespace lottery {

/// The functions below append one whole answer each, line end included.
void append_ack(std::string& out, Dialect dialect);

/// How the reason of an ERROR begins if the same message may succeed later.
inline constexpr std::string_view busy_prefix = "busy: ";

/// `reason` must be as as_reason makes it. The older dialects are told only that they
/// were refused.
void append_error(std::string& out, Dialect dialect, std::string_view reason);

void append_wait(std::string& out);

/// WINNERS: begin, then every winner in the order in which its bet was stored, then end.
void begin_winners(std::string& out);
void append_winner(std::string& out, AgencyId agency, const Bet& bet);
void end_winners(std::string& out);

/// RESUME_POINT: how far an agency's books are.
struct ResumePoint {
  std::int64_t draw = 0;
  BooksState state = BooksState::open;
  std::int64_t batches = 0;  ///< the number of the last one stored
  Books books;               ///< so far

  bool operator==(const ResumePoint&) const = default;
};

void append_resume_point(std::string& out, const ResumePoint& point);

struct Ack {};

struct Error {
  std::string_view reason;
};

struct Wait {};

struct Winner {
  AgencyId agency;
  Bet bet;
};

struct Winners {
  std::vector<Winner> winners;
};

using Answer = std::variant<Ack, Error, Wait, Winners, ResumePoint>;

/// Bytes that are no answer, and why.
struct InvalidAnswer {
  std::string problem;
};

/// `message` is an answer of the typed dialect, without its CR LF. What is returned borrows from
/// it.
std::variant<Answer, InvalidAnswer> decode_answer(std::string_view message);

}  // namespace lottery
