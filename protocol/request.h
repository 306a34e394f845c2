#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/agency_id.h"
#include "protocol/bet.h"
#include "protocol/books.h"
#include "protocol/upload_id.h"

/// What agencies say to the service: messages, their bytes and their meaning.
namespace lottery {

/// How a peer speaks, and so how it is answered.
enum class Dialect : std::uint8_t {
  typed,       ///< `<id>:<type>[:<body>]`
  untyped,     ///< `<id>:<bets>`, from before messages had types
  single_bet,  ///< `<id>:<bet>` with an LF behind it, from before there were batches
};

/// BETS and NUMBERED_BETS: store all of these, or none. There is one bet or more.
struct Bets {
  AgencyId agency;
  std::span<const Bet> bets;
  Dialect dialect = Dialect::typed;
  std::optional<std::int64_t> batch_number{};  ///< from 1; where it is not said, the next one
};

/// DONE: this agency has no more bets for this draw.
struct Done {
  AgencyId agency;
  std::optional<Books> books{};  ///< what the agency says that its books hold
};

/// REQUEST_WINNERS: which of this agency's bets have won?
struct RequestWinners {
  AgencyId agency;
};

/// RESUME: how far are this agency's books? Numbered batches that follow belong to `upload`.
struct Resume {
  AgencyId agency;
  UploadId upload;
};

/// AWAIT_WINNERS: which of this agency's bets have won in this draw, as soon as it has happened?
struct AwaitWinners {
  AgencyId agency;
  std::int64_t draw = 0;  ///< from 1
};

using Request = std::variant<Bets, Done, RequestWinners, Resume, AwaitWinners>;

/// What an invalid message says about its peer.
enum class ErrorSeverity : std::uint8_t {
  recoverable,  ///< the peer speaks the protocol, and only this message is wrong: the connection
                ///< stays
  fatal,        ///< the peer may not speak the protocol: the connection is closed
};

/// A message that the service can't interpret, and why.
struct InvalidRequest {
  std::string reason;  ///< as ERROR carries it
  ErrorSeverity severity = ErrorSeverity::fatal;
  Dialect dialect = Dialect::typed;
  std::optional<AgencyId> agency{};            ///< where the message got so far as to say it
  std::optional<std::size_t> bets{};           ///< how many lines a batch had
  std::optional<std::int64_t> batch_number{};  ///< of a batch that said it
};

/// Turns messages into requests. One thread at a time.
class RequestDecoder {
 public:
  /// `message` is without its CR LF. What is returned borrows from `message` and from this decoder,
  /// until the next call.
  std::variant<Request, InvalidRequest> decode(std::string_view message);

  /// The same for a message of the dialect that has one bet in each, without its LF.
  std::variant<Request, InvalidRequest> decode_single_bet(std::string_view message);

  /// Gives back what a large batch has taken. Ends the life of what was returned before.
  void release_memory() noexcept;

 private:
  std::variant<Request, InvalidRequest> decode_bets(AgencyId agency, std::string_view body,
                                                    Dialect dialect);
  std::variant<Request, InvalidRequest> decode_numbered_bets(AgencyId agency,
                                                             std::string_view body);

  std::vector<Bet> bets_;
};

/// Builds BETS and NUMBERED_BETS messages, a bet at a time. A bet is a line that parse_bet takes,
/// without its line end: that is byte for byte what travels. One thread at a time.
class BetsEncoder {
 public:
  explicit BetsEncoder(AgencyId agency);

  /// Begins the next message: NUMBERED_BETS if it has a `batch_number`, and BETS otherwise.
  void begin(std::optional<std::int64_t> batch_number);

  /// Adds a bet behind those that the message has, also after message() was called.
  void add(std::string_view bet_line);

  /// How many bets the message has.
  std::size_t bets() const noexcept { return bets_; }

  /// The bytes that the message would have with `bet_line` added, CR LF included.
  std::size_t bytes_with(std::string_view bet_line) const noexcept;

  /// The message so far, with its CR LF. It lives until the next call of begin() or add().
  std::string_view message() const noexcept { return message_; }

 private:
  AgencyId agency_;
  std::string message_;  // always with its CR LF
  std::size_t bets_ = 0;
};

/// One whole message, with its CR LF.
std::string encode(const Done& done);
std::string encode(const RequestWinners& request);
std::string encode(const Resume& request);
std::string encode(const AwaitWinners& request);

}  // namespace lottery
