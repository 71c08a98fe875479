// Our EAP methods for the programs of this folder, in both roles.
#pragma once

#include "base/check.h"
#include "crypto/mschap.h"
#include "eap/authenticator.h"
#include "eap/gtc_peer.h"
#include "eap/gtc_server.h"
#include "eap/mschapv2_peer.h"
#include "eap/mschapv2_server.h"
#include "eap/peer.h"

namespace agilevpn::interop {

inline eap::Type parse_method(std::string_view name) {
  if (name == "mschapv2") return eap::Type::MsChapV2;
  CHECK(name == "gtc");
  return eap::Type::Gtc;
}

// A user with a password, and the methods that may be used: the words METHOD ….
class EapUser {
 public:
  EapUser(std::string name, std::string password, std::span<const std::string> methods, Random& random)
      : name_(std::move(name)), password_(std::move(password)), random_(random) {
    for (const std::string& method : methods) methods_.push_back(parse_method(method));
  }
  eap::Peer make_peer() const {
    return eap::Peer{name_, methods_, [this](eap::Type type) -> std::unique_ptr<eap::PeerMethod> {
                       if (type == eap::Type::MsChapV2) return std::make_unique<eap::MsChapV2Peer>(mschap_, random_, name_);
                       return std::make_unique<eap::GtcPeer>(name_);
                     }};
  }
  std::unique_ptr<eap::ServerMethod> make_server_method(eap::Type type, const std::string& identity) const {
    if (type == eap::Type::MsChapV2) return std::make_unique<eap::MsChapV2Server>(mschap_, random_);
    return std::make_unique<eap::GtcServer>(identity);
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

  std::string name_, password_;
  Random& random_;
  crypto::MsChap mschap_ = *crypto::MsChap::load();
  std::vector<eap::Type> methods_;
};

}  // namespace agilevpn::interop
