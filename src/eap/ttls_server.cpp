#include "eap/ttls_server.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "eap/identity.h"
#include "eap/mschapv2_packet.h"
#include "eap/ttls_avp.h"

namespace agilevpn::eap {

using ttls::AvpCode;

ServerStep TtlsServer::handle_data(Secret data) {
  if (state_ == State::Succeeding && data.empty()) return succeed(user_);
  if (state_ == State::Failing) return failed(reason_);
  if (state_ == State::Fresh && data.empty()) return channel_.send();  // The peer begins.
  const auto avps = ttls::decode(data.view());
  if (!avps) return failed(fmt::format("what the peer says inside is malformed: {}", avps.error().to_string()));
  if (const auto unknown = ttls::unknown_mandatory(*avps)) return failed(*unknown);
  const Bytes eap = ttls::eap_message(*avps);
  if (!eap.empty() && (state_ == State::Fresh || state_ == State::Eap)) return handle_eap(eap);
  if (state_ != State::Fresh) return failed("the peer talks out of turn");
  const auto name = ttls::find(*avps, AvpCode::UserName);
  const auto user = name ? decode_identity(*name) : std::nullopt;
  if (!user || user->empty()) return failed("the peer names no user inside");
  if (const auto password = ttls::find(*avps, AvpCode::UserPassword)) return take_password(*user, *password);
  const auto challenge = ttls::find(*avps, AvpCode::MsChapChallenge, ttls::microsoft);
  const auto response = ttls::find(*avps, AvpCode::MsChap2Response, ttls::microsoft);
  if (!challenge || !response) return failed("the peer proves itself neither by PAP nor by MSCHAPv2 nor by EAP");
  inputs_.user = to_text(*name);
  return take_mschap(*user, *challenge, *response);
}

ServerStep TtlsServer::take_password(std::string user, ByteView password) {
  while (!password.empty() && password.back() == std::byte{0})
    password = password.first(password.size() - 1);  // §11.2.5
  if (password.empty()) return failed(fmt::format("{} gave no password", user));
  if (password.size() > limits::password_size_max)
    return failed(fmt::format("the password that {} gave is too long", user));
  state_ = State::Password;
  user_ = std::move(user);
  return Question{CheckPassword{user_, Secret::copy_of(password)}};
}

ServerStep TtlsServer::take_mschap(std::string user, ByteView challenge, ByteView response) {
  if (!mschap_) return failed("the peer wants MSCHAPv2, which is switched off");
  Reader in{response};
  const auto ident = in.u8("Ident");
  const auto flags = in.u8("Flags");
  const auto peer_challenge = in.take(16, "Peer-Challenge");
  const auto reserved = in.take(8, "Reserved");
  const auto nt_response = in.take(24, "Response");
  if (!ident || !flags || !peer_challenge || !reserved || !nt_response || !in.at_end())
    return failed("the peer's MS-CHAP2-Response is malformed");
  const Secret material = channel_.tls().export_key("ttls challenge", std::nullopt, 17);
  if (!equal(challenge, material.view().first(16)) || std::byte{*ident} != material.view()[16])
    return failed("the peer's MSCHAPv2 answers another session's challenge");
  std::ranges::copy(challenge, inputs_.authenticator_challenge.begin());
  std::ranges::copy(*peer_challenge, inputs_.peer_challenge.begin());
  std::ranges::copy(*nt_response, nt_response_.begin());
  ident_ = *ident;
  user_ = std::move(user);
  state_ = State::Hash;
  return Question{FindPassword{user_}};
}

ServerStep TtlsServer::handle_answer(Answer answer) {
  if (state_ == State::Eap) return advance(inner_->handle_answer(std::move(answer)));
  if (const auto* refused = std::get_if<Refused>(&answer))
    return state_ == State::Hash ? refuse_mschap(refused->reason) : ServerStep{failed(refused->reason)};
  if (const auto* hash = std::get_if<PasswordHash>(&answer)) return check_hash(hash->nt_hash);
  const auto* verdict = std::get_if<PasswordVerdict>(&answer);
  CHECK(verdict && state_ == State::Password);
  if (!verdict->is_right) return failed(fmt::format("the password of {} is wrong", user_));
  return succeed(user_);
}

ServerStep TtlsServer::check_hash(const Secret& hash) {
  if (hash.size() != 16) return refuse_mschap(fmt::format("the password hash of {} in the store is damaged", user_));
  if (!mschap_->is_nt_response(nt_response_, hash, inputs_))
    return refuse_mschap(fmt::format("the password of {} is wrong", user_));
  state_ = State::Succeeding;
  const std::string proof = mschap_->authenticator_response(hash, nt_response_, inputs_);
  Writer avps;
  ttls::encode(avps, AvpCode::MsChap2Success, Writer{}.u8(ident_).bytes(as_bytes(proof)).view(), ttls::microsoft);
  return channel_.send(avps.view());
}

// "If the error reason is not an expired password [...] it simply abandons" (§11.2.4): so there is no retry.
ServerStep TtlsServer::refuse_mschap(std::string reason) {
  state_ = State::Failing;
  reason_ = std::move(reason);
  const Bytes refusal = mschapv2::encode(mschapv2::Refusal{.id = ident_,
                                                           .may_retry = false,
                                                           .challenge = inputs_.authenticator_challenge,
                                                           .message = "Wrong user name or password"});
  Writer avps;
  ttls::encode(avps, AvpCode::MsChapError, Writer{}.u8(ident_).bytes(ByteView{refusal}.subspan(4)).view(),
               ttls::microsoft);
  return channel_.send(avps.view());
}

// The peer begins with the Identity that nobody asked for (§11.2.1).
ServerStep TtlsServer::handle_eap(ByteView packet) {
  if (state_ == State::Fresh) {
    const auto first = decode(packet);
    if (!first) return failed("the EAP packet inside is malformed");
    inner_.emplace(std::move(inner_settings_), first->identifier);
    (void)inner_->start();
    state_ = State::Eap;
  }
  return advance(inner_->handle_packet(packet));
}

ServerStep TtlsServer::advance(Authenticator::Step step) {
  reason_ = inner_->authenticator().complaint();
  if (auto* question = std::get_if<Question>(&step)) return std::move(*question);
  if (const auto* ignored = std::get_if<Authenticator::Ignored>(&step))
    return failed(fmt::format("the EAP packet inside makes no sense: {}", ignored->why));
  if (auto* send = std::get_if<Authenticator::Send>(&step)) {
    Writer avps;
    ttls::encode(avps, AvpCode::EapMessage, send->packet);
    return channel_.send(avps.view());
  }
  const auto& finished = std::get<Authenticator::Finished>(step);
  return finished.outcome.is_success ? succeed(finished.outcome.user) : failed(finished.outcome.reason);
}

Outcome TtlsServer::succeed(std::string user) const {
  return {.is_success = true,
          .reason = {},
          .user = std::move(user),
          .msk = channel_.msk(type(), "ttls keying material"),
          .error_for_user = {}};
}

}  // namespace agilevpn::eap
