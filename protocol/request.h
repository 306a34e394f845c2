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

/// The agencies' messages to the service, as bytes and as values.
namespace lottery {

/// The dialect of a peer, in which it is also answered.
enum class Dialect : std::uint8_t {
  typed,       ///< `<id>:<type>[:<body>]`
  untyped,     ///< `<id>:<bets>`, older than message types
  single_bet,  ///< `<id>:<bet>` and LF, older than batches
};

/// BETS and NUMBERED_BETS: store all of these bets, or none. There is at least one.
struct Bets {
  AgencyId agency;
  std::span<const Bet> bets;
  Dialect dialect = Dialect::typed;
  std::optional<std::int64_t> batch_number{};  ///< from 1; empty: the next number
};

/// DONE: this agency has no more bets for this draw.
struct Done {
  AgencyId agency;
  std::optional<Books> books{};  ///< the agency's own balance
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

/// How serious an invalid message is.
enum class ErrorSeverity : std::uint8_t {
  recoverable,  ///< the peer speaks the protocol, and only this message is wrong: the connection
                ///< stays
  fatal,        ///< the peer may not speak the protocol: the connection is closed
};

/// A message that the service can't interpret, and the reason.
struct InvalidRequest {
  std::string reason;  ///< as in an ERROR
  ErrorSeverity severity = ErrorSeverity::fatal;
  Dialect dialect = Dialect::typed;
  std::optional<AgencyId> agency{};            ///< empty if the message does not get that far
  std::optional<std::size_t> bets{};           ///< number of lines, for a batch
  std::optional<std::int64_t> batch_number{};  ///< for a batch with a number
};

/// Decodes messages into requests. One thread at a time.
class RequestDecoder {
 public:
  /// `message` is without its CR LF. The result refers to the bytes of `message` and to memory of
  /// this decoder, and is valid until the next call.
  std::variant<Request, InvalidRequest> decode(std::string_view message);

  /// The same for the dialect with one bet per message. `message` is without its LF.
  std::variant<Request, InvalidRequest> decode_single_bet(std::string_view message);

  /// Frees the memory of a large batch. Invalidates the last result.
  void release_memory() noexcept;

 private:
  std::variant<Request, InvalidRequest> decode_bets(AgencyId agency, std::string_view body,
                                                    Dialect dialect);
  std::variant<Request, InvalidRequest> decode_numbered_bets(AgencyId agency,
                                                             std::string_view body);

  std::vector<Bet> bets_;
};

/// Builds BETS and NUMBERED_BETS messages, bet by bet. A bet is a line that parse_bet accepts,
/// without its line end; these are the bytes sent. One thread at a time.
class BetsEncoder {
 public:
  explicit BetsEncoder(AgencyId agency);

  /// Begins the next message: NUMBERED_BETS if there is a `batch_number`, otherwise BETS.
  void begin(std::optional<std::int64_t> batch_number);

  /// Appends a bet to the message. Also allowed after message().
  void add(std::string_view bet_line);

  /// The number of bets in the message.
  std::size_t bets() const noexcept { return bets_; }

  /// The size in bytes that the message would have with `bet_line` added, including CR LF.
  std::size_t bytes_with(std::string_view bet_line) const noexcept;

  /// The message so far, with its CR LF. Valid until the next call of begin() or add().
  std::string_view message() const noexcept { return message_; }

 private:
  AgencyId agency_;
  std::string message_;  // always with its CR LF
  std::size_t bets_ = 0;
};

/// A complete message with its CR LF.
std::string encode(const Done& done);
std::string encode(const RequestWinners& request);
std::string encode(const Resume& request);
std::string encode(const AwaitWinners& request);

}  // namespace lottery
