// A client's way in at a stock gateway: IKE_SA_INIT and IKE_AUTH as their responder, up to the first Child SA. It
// believes the client as its kind would, and says in one sentence why not.
//
// Sans-I/O: call a handle_*(), then drain poll_transmit(), then see whether outcome() is there. It lives on without
// one, or after a refusal, for repeated requests, until ends_at().
#pragma once

#include <map>

#include "eap/authenticator.h"
#include "sim/stock/gateway_kind.h"
#include "sim/stock/opening.h"

namespace agilevpn::sim::stock {

// What its administrator set up.
struct Site {
  std::string name;                            // In its certificate.
  crypto::KeyType key = crypto::KeyType::Rsa;  // Of its certificate, and of the CA whose machines it lets in.
  std::map<std::string, std::string> passwords;
  std::shared_ptr<const crypto::MsChap> mschap;
  IpPrefix pool_v4, pool_v6;
  ike::Lease common;  // What goes with every address.
};

class Reception {
 public:
  // What is answered to an IKE_SA_INIT that leads nowhere, without keeping anything; nothing: it gets a Reception.
  static std::optional<ike::wire::Payload> refuse(const Kind& kind, const ike::wire::Payloads& request);

  // For a request that refuse() does not refuse. `kind`, `site` and `random` must outlive it.
  Reception(const GatewayKind& kind, const Site& site, Random& random, Instant now, const Path& from,
            const ike::wire::Message& request, ByteView datagram, ike::Lease lease);
  Reception(const Reception&) = delete;

  void handle_datagram(Instant now, const Path& from, ByteView datagram);
  std::optional<ike::Transmit> poll_transmit();
  Instant ends_at() const { return ends_at_; }

  using Outcome = std::variant<Opened, NotOpened>;
  std::optional<Outcome>& outcome() { return outcome_; }
  IkeSpi spi_i() const { return spi_i_; }

 private:
  void make_channel(const ike::IkeSuite& suite, const Secret& shared);
  ike::wire::Payloads handle_auth(Instant now, const ike::wire::Payloads& request);
  ike::wire::Payloads handle_first(Instant now);
  ike::wire::Payloads handle_final(const ike::wire::AuthPayload& auth);
  ike::wire::Payloads start_eap(Instant now);
  ike::wire::Payloads advance(eap::Authenticator::Step step);
  ike::wire::Payloads grant();
  ike::wire::ConfigurationPayload configuration() const;
  ike::wire::Payloads identify() const;
  // MS_STATUS with this Win32 error.
  ike::wire::Payloads reject(std::uint32_t error, std::string why);

  std::string why_not_believed(Instant now, const ike::wire::AuthPayload& auth) const;
  Bytes client_octets() const;
  Bytes own_octets() const;
  std::unique_ptr<eap::ServerMethod> make_method(Instant now, eap::Type type, const std::string& identity);
  eap::Answer answer(const eap::Question& question) const;

  const GatewayKind& kind_;
  const Site& site_;
  Random& random_;
  Credentials own_;
  ike::wire::Identity id_r_;
  ike::Lease lease_;
  Path path_;
  Instant ends_at_;
  // IKE_SA_INIT
  IkeSpi spi_i_, spi_r_;
  Bytes n_i_, n_r_;
  Bytes init_request_, init_response_;
  ike::NatFindings nat_;
  std::size_t fragment_size_ = 0;
  std::shared_ptr<Channel> channel_;
  Secret sk_pi_, sk_pr_;
  // IKE_AUTH
  ike::wire::Payloads first_;  // The client's first request; empty: it is not here.
  ike::wire::Identity id_i_;
  std::optional<crypto::TlsContext> tls_;
  std::optional<eap::Authenticator> authenticator_;
  Secret msk_;

  std::deque<ike::Transmit> out_;
  std::optional<Outcome> outcome_;
};

}  // namespace agilevpn::sim::stock
