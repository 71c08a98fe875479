// A stock client's way in: IKE_SA_INIT, IKE_INTERMEDIATE where that was chosen, and IKE_AUTH, with its kind's messages,
// up to the first Child SA. It believes the gateway as its kind would, and says in one sentence why it gave up.
//
// Sans-I/O: call a handle_*(), then drain poll_transmit(), then see whether outcome() is there.
#pragma once

#include <deque>
#include <memory>
#include <variant>

#include "crypto/key_exchange.h"
#include "eap/peer.h"
#include "ike/endpoint.h"
#include "ike/nat_detection.h"
#include "sim/stock/channel.h"
#include "sim/stock/child.h"
#include "sim/stock/message.h"
#include "sim/stock/owner.h"

namespace agilevpn::sim::stock {

struct Opened {
  enum class Side : std::uint8_t { Client, Gateway };
  Side side = Side::Client;
  std::shared_ptr<Channel> channel;
  ike::InstallChildSa child;
  ike::Lease lease;
  ike::wire::ConfigurationPayload reply;  // What the lease was read from, and more.
  ike::EspPath path;
  std::size_t fragment_size = 0;  // Of what both of us can: 0 is no RFC 7383.
  bool is_behind_nat = false;     // We are.
  bool has_mobike = false;        // Both of us.
  // The most that a Child SA may cover.
  TrafficSelectors local = everything(), remote = everything();
};
struct NotOpened {
  std::string reason;
};

class Opening {
 public:
  // `kind`, `owner` and `random` must outlive it. `former`: the lease of the last time.
  Opening(const Kind& kind, const Owner& owner, Random& random, Instant now, const Path& path,
          std::optional<ike::Lease> former);
  Opening(const Opening&) = delete;

  void handle_datagram(Instant now, const Path& from, ByteView datagram);
  void handle_timeout(Instant now);
  std::optional<ike::Transmit> poll_transmit();
  std::optional<Instant> poll_timeout() const;

  using Outcome = std::variant<Opened, NotOpened>;
  std::optional<Outcome>& outcome() { return outcome_; }

 private:
  void send_init(Instant now);
  void handle_init(Instant now, const Path& from, const ike::wire::Message& message, ByteView datagram);
  void change_group(Instant now, const ike::wire::NotifyPayload& notify);
  bool take_suite(const ike::wire::Message& response);
  void use_keys(const ike::IkeSuite& suite, const crypto::Prf& prf, const Secret& skeyseed, std::uint32_t next_request);
  // opening_intermediate.cpp
  void start_intermediate(Instant now);
  void handle_intermediate(Instant now, const ike::wire::Payloads& response);
  void add_to_int_auth(const ike::wire::Payloads& payloads, bool is_own);
  Bytes int_auth() const;
  // opening_auth.cpp
  void start_auth(Instant now);
  void ask(Instant now, ike::wire::ExchangeType exchange, ike::wire::Payloads payloads,
           void (Opening::*then)(Instant, const ike::wire::Payloads&));
  void ask_auth(Instant now, ike::wire::Payloads payloads, void (Opening::*then)(Instant, const ike::wire::Payloads&)) {
    ask(now, ike::wire::ExchangeType::IkeAuth, std::move(payloads), then);
  }
  void handle_first_auth(Instant now, const ike::wire::Payloads& response);
  void handle_final_auth(Instant now, const ike::wire::Payloads& response);
  void finish(Instant now, const ike::wire::Payloads& response);
  // opening_eap.cpp
  void start_eap(Instant now, const ike::wire::Payloads& response);
  void handle_eap(Instant now, const ike::wire::Payloads& response);
  void advance(Instant now, eap::Peer::Step step);
  std::unique_ptr<eap::PeerMethod> make_method(Instant now, eap::Type type);
  Result<crypto::TlsVerdict, crypto::TlsRefusal> believe_login_server(
      Instant now, const std::vector<crypto::Certificate>& chain) const;
  void give_up(std::string reason);

  std::optional<ike::wire::AuthPayload> own_proof() const;
  ike::wire::Identity own_identity() const;
  Bytes own_octets() const;
  Bytes gateway_octets() const;
  std::string why_not_believed(Instant now, const ike::wire::Payloads& response) const;
  std::string check_signature(const ike::wire::AuthPayload& auth, const crypto::PublicKey& key) const;
  Bytes known_authority() const;

  const Kind& kind_;
  const Owner& owner_;
  Random& random_;
  Path path_;
  std::optional<ike::Lease> former_;

  // IKE_SA_INIT
  IkeSpi spi_i_, spi_r_;
  Bytes nonce_, peer_nonce_, cookie_;
  std::optional<crypto::KeyExchange> key_exchange_;
  Bytes init_request_, init_response_;
  std::size_t tries_ = 0;
  Instant due_;
  bool is_behind_nat_ = false, is_encapsulated_ = false;
  std::shared_ptr<Channel> channel_;
  Secret sk_pi_, sk_pr_;
  // IKE_INTERMEDIATE
  std::size_t additional_done_ = 0;
  Secret int_auth_i_, int_auth_r_;
  // IKE_AUTH
  std::size_t fragment_size_ = 0;
  EspSpi spi_;
  ike::wire::Identity id_r_;
  std::optional<crypto::TlsContext> tls_;
  std::optional<eap::Peer> peer_;
  bool was_asked_for_identity_ = false;
  Secret eap_key_r_;  // Of the gateway's last AUTH.

  std::deque<ike::Transmit> out_;
  std::optional<Outcome> outcome_;
};

}  // namespace agilevpn::sim::stock
