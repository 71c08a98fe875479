// One IKE SA of a stock client: seals and opens its messages, with a window of one, its kind's fragments and its kind's
// patience. It knows nothing of what the messages say.
//
// Sans-I/O: call ask(), answer() or a handle_*(), then drain poll_transmit().
#pragma once

#include <deque>
#include <functional>
#include <optional>

#include "ike/message_cipher.h"
#include "sim/stock/kind.h"
#include "sim/stock/owner.h"

namespace agilevpn::sim::stock {

class Channel {
 public:
  struct Secrets {
    IkeSpi spi_i, spi_r;
    bool is_original_initiator = true;
    ike::IkeSuite suite;
    crypto::Prf prf;
    ike::IkeKeys keys;
  };
  struct Options {
    std::vector<Duration> pauses;
    std::size_t fragment_above = 0, fragment_size = 0;  // 0: it cuts nothing.
    bool sends_fragments_reversed = false;
    std::uint32_t next_request_id = 0, expected_request_id = 0;
    Tamper tamper = {};
  };
  // Takes the SK_d, SK_e and SK_a keys out of `secrets`. `random` must outlive it.
  Channel(Secrets& secrets, Options options, Random& random);

  using Then = std::function<void(Instant, const ike::wire::Payloads&)>;
  // A request, as soon as those before it are answered; `then` hears the response.
  void ask(Instant now, ike::wire::ExchangeType exchange, ike::wire::Payloads payloads, Then then);

  // A message that a datagram completes. A request that comes again is answered again, and is none.
  struct Request {
    ike::wire::Header header;
    ike::wire::Payloads payloads;
  };
  struct Response {
    Then then;
    ike::wire::Payloads payloads;
  };
  using Received = std::variant<std::monostate, Request, Response>;
  Received handle_datagram(Instant now, ByteView datagram);
  void answer(const Request& request, const ike::wire::Payloads& payloads);

  void handle_timeout(Instant now);
  // What waits for a response is sent once more, with all its tries before it: somewhere else, maybe.
  void resend(Instant now);
  // Until resend().
  void be_silent() { is_silent_ = true; }

  std::optional<Bytes> poll_transmit();
  std::optional<Instant> poll_timeout() const;
  bool has_given_up() const { return has_given_up_; }
  bool is_idle() const { return !pending_ && queue_.empty(); }

  IkeSpi spi_i() const { return spi_i_; }
  IkeSpi spi_r() const { return spi_r_; }
  const ike::IkeSuite& suite() const { return suite_; }
  const crypto::Prf& prf() const { return prf_; }
  ByteView sk_d() const { return sk_d_.view(); }
  // When something authentic last came.
  Instant last_heard() const { return last_heard_; }

 private:
  struct Question {
    ike::wire::ExchangeType exchange{};
    ike::wire::Payloads payloads;
    Then then;
  };
  struct Pending {
    std::uint32_t id = 0;
    Then then;
    std::vector<Bytes> datagrams;
    std::size_t tries = 1;
    Instant due;
  };
  std::vector<Bytes> seal(const ike::wire::Header& header, const ike::wire::Payloads& payloads);
  void send(const std::vector<Bytes>& datagrams);
  void send_next(Instant now);
  std::optional<ike::wire::Payloads> open(Instant now, const ike::wire::Message& message, ByteView datagram);
  bool is_repeated(const ike::wire::Message& message);

  IkeSpi spi_i_, spi_r_;
  bool is_original_initiator_;
  ike::IkeSuite suite_;
  crypto::Prf prf_;
  Secret sk_d_;
  ike::MessageCipher cipher_;
  Options options_;
  Random& random_;
  std::uint32_t next_request_id_, expected_request_id_;
  std::optional<Pending> pending_;
  std::deque<Question> queue_;
  std::vector<Bytes> last_response_;
  ike::Reassembly requests_, responses_;
  std::deque<Bytes> out_;
  Instant last_heard_;
  bool has_given_up_ = false, is_silent_ = false;
};

}  // namespace agilevpn::sim::stock
