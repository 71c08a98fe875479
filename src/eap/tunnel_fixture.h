// For tests and fuzzers of PEAP and EAP-TTLS: anna logs in through a tunnel, from an identity that says nothing. And for
// fuzzers of EAP-TLS alone, which is what goes inside put outside.
#pragma once

#include "eap/gtc_peer.h"
#include "eap/gtc_server.h"
#include "eap/mschapv2_peer.h"
#include "eap/mschapv2_server.h"
#include "eap/peap_peer.h"
#include "eap/peap_server.h"
#include "eap/tls_fixture.h"
#include "eap/tls_peer.h"
#include "eap/tls_server.h"
#include "eap/ttls_peer.h"
#include "eap/ttls_server.h"

namespace agilevpn::eap {

inline const crypto::MsChap& tunnel_mschap() {
  static const crypto::MsChap loaded = *crypto::MsChap::load();
  return loaded;
}

struct TunnelLogin {
  struct Settings {
    Type outer = Type::Peap;
    Type inner = Type::MsChapV2;  // Inside PEAP, or as EAP inside TTLS.
    TtlsInside inside = TtlsInside::MsChapV2;
    crypto::TlsVersion version = crypto::TlsVersion::Tls13;
    std::vector<std::string> typed = {"secret"};  // Passwords, one after another.
    std::string user = "anna";
    PeapBinding server_binding = PeapBinding::Accepted, peer_binding = PeapBinding::Accepted;
    TlsHolder server = TlsHouse::get().server;
  };

  explicit TunnelLogin(Settings settings_)
      : settings(std::move(settings_)),
        server_context(settings.server.context(crypto::TlsRole::Server, settings.version)),
        peer_context(TlsHouse::get().user.context(crypto::TlsRole::Client)),
        conversation{Authenticator{[this](Type, const std::string&) { return make_server(); }},
                     Peer{"anonymous@example.org", {settings.outer}, [this](Type) { return make_peer(); }}} {
    conversation.answer_server = [this](const Question& question) { return serve(question); };
    conversation.answer_peer = [this](const Question&) -> Answer {
      if (typed >= settings.typed.size()) return Refused{"the user pressed Cancel"};
      return password(settings.typed[typed++]);
    };
  }
  TunnelLogin(const TunnelLogin&) = delete;

  std::unique_ptr<ServerMethod> make_server() {
    if (settings.outer == Type::Tls) return make_inner_server(Type::Tls, "anna@example.org");
    InnerServer inner{{settings.inner},
                      [this](Type type, const std::string& user) { return make_inner_server(type, user); }};
    if (settings.outer == Type::Peap)
      return std::make_unique<PeapServer>(server_context, server_random, std::move(inner), settings.server_binding);
    return std::make_unique<TtlsServer>(server_context, &tunnel_mschap(), std::move(inner));
  }
  std::unique_ptr<ServerMethod> make_inner_server(Type type, const std::string& user) {
    if (type == Type::Tls)
      return std::make_unique<TlsServer>(server_context, believe(TlsHouse::get().ca, std::nullopt), user,
                                         limits::tls_inner_type_data_max);
    if (type == Type::Gtc) return std::make_unique<GtcServer>(user);
    return std::make_unique<MsChapV2Server>(tunnel_mschap(), server_random);
  }
  std::unique_ptr<PeerMethod> make_peer() {
    if (settings.outer == Type::Tls) return make_inner_peer(Type::Tls);
    InnerPeer inner{settings.user, {settings.inner}, [this](Type type) { return make_inner_peer(type); }};
    auto verify = believe(TlsHouse::get().ca, "vpn.example.org");
    if (settings.outer == Type::Peap)
      return std::make_unique<PeapPeer>(peer_context, std::move(verify), peer_random, std::move(inner),
                                        settings.peer_binding);
    return std::make_unique<TtlsPeer>(peer_context, std::move(verify), settings.inside, &tunnel_mschap(), peer_random,
                                      std::move(inner));
  }
  std::unique_ptr<PeerMethod> make_inner_peer(Type type) {
    if (type == Type::Tls)
      return std::make_unique<TlsPeer>(peer_context, believe(TlsHouse::get().ca, "vpn.example.org"), settings.user,
                                       limits::tls_inner_type_data_max);
    if (type == Type::Gtc) return std::make_unique<GtcPeer>(settings.user);
    return std::make_unique<MsChapV2Peer>(tunnel_mschap(), peer_random, settings.user);
  }
  Answer serve(const Question& question) {
    if (std::holds_alternative<ChooseMethods>(question)) return OfferMethods{{settings.outer}};
    if (const auto* find = std::get_if<FindPassword>(&question)) {
      if (find->user != "anna") return Refused{"there is no user " + find->user};
      return PasswordHash{*tunnel_mschap().nt_password_hash(Secret::copy_of(as_bytes("secret")))};
    }
    const auto& check = std::get<CheckPassword>(question);
    return PasswordVerdict{.is_right = check.user == "anna" && to_text(check.password.view()) == "secret",
                           .challenge = {}};
  }

  Settings settings;
  SeededRandom server_random{1}, peer_random{2};
  crypto::TlsContext server_context, peer_context;
  std::size_t typed = 0;
  Conversation conversation;
};

}  // namespace agilevpn::eap
