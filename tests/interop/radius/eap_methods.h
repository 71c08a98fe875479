// Our EAP methods for the programs of this folder, in both roles.
#pragma once

#include "base/check.h"
#include "crypto/mschap.h"
#include "eap/authenticator.h"
#include "eap/gtc_peer.h"
#include "eap/gtc_server.h"
#include "eap/mschapv2_peer.h"
#include "eap/mschapv2_server.h"
#include "eap/peap_peer.h"
#include "eap/peap_server.h"
#include "eap/peer.h"
#include "eap/tls_peer.h"
#include "eap/tls_server.h"
#include "eap/ttls_peer.h"
#include "eap/ttls_server.h"
#include "tests/interop/radius/eap_pki.h"

namespace agilevpn::interop {

// "peap-tls" is PEAP with EAP-TLS inside; "ttls-pap" needs no EAP inside.
struct MethodName {
  eap::Type outer;
  eap::Type inner = eap::Type::MsChapV2;
  eap::TtlsInside inside = eap::TtlsInside::Eap;

  static MethodName parse(std::string_view name) {
    const auto dash = name.find('-');
    const auto outer = eap::parse_method(name.substr(0, dash));
    CHECK(outer);
    MethodName parsed{*outer};
    if (dash == std::string_view::npos) return parsed;
    const std::string_view inside = name.substr(dash + 1);
    if (outer == eap::Type::Ttls && inside == "pap") parsed.inside = eap::TtlsInside::Pap;
    if (outer == eap::Type::Ttls && inside == "mschapv2") parsed.inside = eap::TtlsInside::MsChapV2;
    parsed.inner = eap::parse_method(inside).value_or(parsed.inner);
    return parsed;
  }
};

// A user with a password, and perhaps a certificate, and the methods that may be used: the words METHOD ….
class EapUser {
 public:
  EapUser(std::string name, std::string password, std::span<const std::string> methods, Random& random)
      : name_(std::move(name)), password_(std::move(password)), random_(random) {
    for (const std::string& method : methods) {
      name_of_method_ = MethodName::parse(method);
      methods_.push_back(name_of_method_.outer);
    }
    if (!pki_) return;
    server_.emplace(pki_->server());
    client_.emplace(pki_->client());
  }
  eap::Peer make_peer() const {
    return eap::Peer{name_, methods_, [this](eap::Type type) { return make_peer_method(type); }};
  }
  std::unique_ptr<eap::PeerMethod> make_peer_method(eap::Type type,
                                                    std::size_t tls_size = eap::limits::tls_type_data_max) const {
    if (type == eap::Type::MsChapV2) return std::make_unique<eap::MsChapV2Peer>(mschap_, random_, name_);
    if (type == eap::Type::Gtc) return std::make_unique<eap::GtcPeer>(name_);
    auto verify = pki_->verify(crypto::TlsRole::Server);
    if (type == eap::Type::Tls) return std::make_unique<eap::TlsPeer>(*client_, std::move(verify), name_, tls_size);
    eap::InnerPeer inner{name_, {name_of_method_.inner}, [this](eap::Type of) {
                           return make_peer_method(of, eap::limits::tls_inner_type_data_max);
                         }};
    if (type == eap::Type::Peap)
      return std::make_unique<eap::PeapPeer>(*client_, std::move(verify), random_, std::move(inner));
    return std::make_unique<eap::TtlsPeer>(*client_, std::move(verify), name_of_method_.inside, &mschap_, random_,
                                           std::move(inner));
  }
  std::unique_ptr<eap::ServerMethod> make_server_method(eap::Type type, const std::string& identity,
                                                        std::size_t tls_size = eap::limits::tls_type_data_max) const {
    if (type == eap::Type::MsChapV2) return std::make_unique<eap::MsChapV2Server>(mschap_, random_);
    if (type == eap::Type::Gtc) return std::make_unique<eap::GtcServer>(identity);
    if (type == eap::Type::Tls)
      return std::make_unique<eap::TlsServer>(*server_, pki_->verify(crypto::TlsRole::Client), identity, tls_size);
    eap::InnerServer inner{{eap::Type::MsChapV2, eap::Type::Tls, eap::Type::Gtc},
                           [this](eap::Type of, const std::string& user) {
                             return make_server_method(of, user, eap::limits::tls_inner_type_data_max);
                           }};
    if (type == eap::Type::Peap) return std::make_unique<eap::PeapServer>(*server_, random_, std::move(inner));
    return std::make_unique<eap::TtlsServer>(*server_, &mschap_, std::move(inner));
  }
  // In either role.
  eap::Answer answer(const eap::Question& question) const {
    return std::visit([this](const auto& asked) { return answer_to(asked); }, question);
  }

 private:
  Secret password() const { return Secret::copy_of(as_bytes(password_)); }
  eap::Answer answer_to(const eap::ChooseMethods&) const { return eap::OfferMethods{methods_}; }
  eap::Answer answer_to(const eap::FindPassword& asked) const {
    if (asked.user != name_) return eap::Refused{"there is no user " + asked.user};
    return eap::PasswordHash{*mschap_.nt_password_hash(password())};
  }
  eap::Answer answer_to(const eap::CheckPassword& asked) const {
    return eap::PasswordVerdict{.is_right = asked.user == name_ && asked.password == password(), .challenge = {}};
  }
  eap::Answer answer_to(const eap::AskPassword& asked) const {
    if (asked.was_wrong) return eap::Refused{"there is no other password"};
    return eap::Password{password()};
  }
  eap::Answer answer_to(const eap::CheckServer&) const { return eap::ServerChecked{}; }

  std::string name_, password_;
  Random& random_;
  crypto::MsChap mschap_ = *crypto::MsChap::load();
  std::vector<eap::Type> methods_;
  MethodName name_of_method_{eap::Type::MsChapV2};
  std::optional<EapPki> pki_ = EapPki::from_environment();
  std::optional<crypto::TlsContext> server_, client_;
};

}  // namespace agilevpn::interop
