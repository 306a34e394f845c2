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

/// The service's messages to agencies, as bytes and as values.
namespace lottery {

/// Each of the functions below appends one complete answer, including its line end.
void append_ack(std::string& out, Dialect dialect);

/// The beginning of an ERROR's reason if the same message may succeed later.
inline constexpr std::string_view busy_prefix = "busy: ";

/// `reason` must be a result of as_reason. The older dialects receive only the refusal, without the
/// reason.
void append_error(std::string& out, Dialect dialect, std::string_view reason);

void append_wait(std::string& out);

/// WINNERS: call begin, then append every winner in the order in which the bets were stored, then
/// call end.
void begin_winners(std::string& out);
void append_winner(std::string& out, AgencyId agency, const Bet& bet);
void end_winners(std::string& out);

/// RESUME_POINT: the state of an agency's books.
struct ResumePoint {
  std::int64_t draw = 0;
  BooksState state = BooksState::open;
  std::int64_t batches = 0;  ///< the number of the last stored batch
  Books books;               ///< their balance so far

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

/// Bytes that are not a valid answer, and the reason.
struct InvalidAnswer {
  std::string problem;
};

/// `message` must be an answer of the typed dialect, without its CR LF. The result refers to the
/// bytes of `message`.
std::variant<Answer, InvalidAnswer> decode_answer(std::string_view message);

}  // namespace lottery
