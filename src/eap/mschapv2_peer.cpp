#include "eap/mschapv2_peer.h"

#include <fmt/format.h>

#include "base/check.h"

namespace agilevpn::eap {

MsChapV2Peer::MsChapV2Peer(const crypto::MsChap& mschap, Random& random, std::string user)
    : mschap_(mschap), random_(random) {
  inputs_.user = std::move(user);
}

PeerStep MsChapV2Peer::handle_request(ByteView type_data) {
  const auto request = mschapv2::decode_request(type_data);
  if (!request)
    return Outcome{.reason =
                       fmt::format("the server's EAP-MSCHAPv2 Request is malformed: {}", request.error().to_string())};
  return std::visit([&](const auto& body) { return handle(body); }, *request);
}

PeerStep MsChapV2Peer::handle(const mschapv2::Challenge& challenge) {
  if (state_ != State::Fresh) return Outcome{.reason = "the server's second EAP-MSCHAPv2 Challenge comes out of turn"};
  state_ = State::Asking;
  id_ = challenge.id;
  inputs_.authenticator_challenge = challenge.challenge;
  return Question{AskPassword{}};
}

PeerStep MsChapV2Peer::handle_answer(Answer answer) {
  CHECK(state_ == State::Asking);
  if (const auto* refused = std::get_if<eap::Refused>(&answer))
    return error_.empty() ? PeerStep{Outcome{.reason = refused->reason}} : give_up();
  const auto* password = std::get_if<Password>(&answer);
  CHECK(password);
  auto hash = mschap_.nt_password_hash(password->password);
  if (!hash) return Outcome{.reason = hash.error().to_string()};
  password_hash_ = *std::move(hash);
  random_.fill_public(inputs_.peer_challenge);
  nt_response_ = mschap_.nt_response(password_hash_, inputs_);
  state_ = State::Responded;
  return encode(mschapv2::Response{id_, inputs_.peer_challenge, nt_response_, inputs_.user});
}

// The proof counts, not the MS-CHAPv2-ID beside it, which servers choose in different ways.
PeerStep MsChapV2Peer::handle(const mschapv2::Success& success) {
  if (state_ != State::Responded) return Outcome{.reason = "the server's EAP-MSCHAPv2 Success comes out of turn"};
  if (!mschap_.is_authenticator_response(success.authenticator_response, password_hash_, nt_response_, inputs_))
    return Outcome{.reason =
                       fmt::format("the server does not know the password of {}: it is not the server it claims to be",
                                   inputs_.user)};
  state_ = State::Done;
  return encode(mschapv2::Acknowledgement{mschapv2::OpCode::Success});
}

PeerStep MsChapV2Peer::handle(const mschapv2::Refusal& refusal) {
  if (state_ != State::Responded) return Outcome{.reason = "the server's EAP-MSCHAPv2 Failure comes out of turn"};
  error_ = explain(refusal);
  if (!refusal.may_retry || refusal.error != mschapv2::ErrorCode::AuthenticationFailure) return give_up();
  state_ = State::Asking;
  inputs_.authenticator_challenge = *refusal.challenge;
  id_ = static_cast<std::uint8_t>(id_ + 1);  // RFC 2433 §A
  return Question{AskPassword{.prompt = refusal.message, .was_wrong = true}};
}

// The Failure-Response; an EAP-Failure will follow.
PeerStep MsChapV2Peer::give_up() {
  state_ = State::Refused;
  return encode(mschapv2::Acknowledgement{mschapv2::OpCode::Failure});
}

Outcome MsChapV2Peer::finish() {
  CHECK(is_done());
  return {.is_success = true,
          .reason = {},
          .user = inputs_.user,
          .msk = mschap_.msk(password_hash_, nt_response_),
          .error_for_user = {}};
}

}  // namespace agilevpn::eap
