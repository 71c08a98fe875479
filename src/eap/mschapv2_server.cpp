#include "eap/mschapv2_server.h"

#include <fmt/format.h>

#include "base/check.h"
#include "eap/identity.h"

namespace agilevpn::eap {

using mschapv2::Acknowledgement;
using mschapv2::OpCode;

MsChapV2Server::MsChapV2Server(const crypto::MsChap& mschap, Random& random, Settings settings)
    : mschap_(mschap), random_(random), settings_(std::move(settings)) {}

void MsChapV2Server::draw_challenge() { random_.fill_public(inputs_.authenticator_challenge); }

ServerStep MsChapV2Server::start() {
  draw_challenge();
  return encode(mschapv2::Challenge{id_, inputs_.authenticator_challenge, settings_.name});
}

ServerStep MsChapV2Server::handle_response(ByteView type_data) {
  const auto reply = mschapv2::decode_response(type_data);
  if (!reply)
    return Outcome{.reason = fmt::format("its EAP-MSCHAPv2 Response is malformed: {}", reply.error().to_string())};
  return std::visit([&](const auto& body) { return handle(body); }, *reply);
}

ServerStep MsChapV2Server::handle(const mschapv2::Response& response) {
  if (state_ != State::Challenged && state_ != State::MayRetry)
    return Outcome{.reason = "its EAP-MSCHAPv2 Response comes out of turn"};
  // RFC 2433 §A: "The packet sequence ID is incremented on each authentication retry Response"; not everyone does.
  const bool is_next = state_ == State::MayRetry && response.id == static_cast<std::uint8_t>(id_ + 1);
  if (response.id != id_ && !is_next) return Outcome{.reason = "its EAP-MSCHAPv2 Response answers another challenge"};
  const auto user = decode_identity(as_bytes(response.name));
  if (!user)
    return Outcome{.reason = "the user name in its EAP-MSCHAPv2 Response is no name: it is too long or cannot be read"};
  id_ = response.id;
  user_ = *user;
  inputs_.user = response.name;
  inputs_.peer_challenge = response.peer_challenge;
  nt_response_ = response.nt_response;
  state_ = State::Checking;
  return Question{FindPassword{user_}};
}

ServerStep MsChapV2Server::handle(const Acknowledgement& acknowledgement) {
  if (state_ == State::Failing || state_ == State::MayRetry) return Outcome{.reason = reason_, .cause = cause_};
  if (state_ != State::Succeeding) return Outcome{.reason = "its EAP-MSCHAPv2 Response comes out of turn"};
  if (acknowledgement.op_code != OpCode::Success)
    return Outcome{.reason = fmt::format("{} does not believe that we know its password", user_)};
  return Outcome{.is_success = true, .reason = {}, .user = user_, .msk = std::move(msk_), .error_for_user = {}};
}

ServerStep MsChapV2Server::handle_answer(Answer answer) {
  CHECK(state_ == State::Checking);
  if (const auto* refused = std::get_if<Refused>(&answer)) return refuse(refused->reason);
  const auto* found = std::get_if<PasswordHash>(&answer);
  CHECK(found);
  if (found->nt_hash.size() != 16) return refuse(fmt::format("the password hash of {} in the store is damaged", user_));
  if (!mschap_.is_nt_response(nt_response_, found->nt_hash, inputs_))
    return refuse(fmt::format("the password of {} is wrong", user_), FailureCause::WrongPassword);
  return succeed(found->nt_hash);
}

ServerStep MsChapV2Server::succeed(const Secret& password_hash) {
  state_ = State::Succeeding;
  msk_ = mschap_.msk(password_hash, nt_response_);
  return encode(
      mschapv2::Success{id_, mschap_.authenticator_response(password_hash, nt_response_, inputs_), "Welcome"});
}

ServerStep MsChapV2Server::refuse(std::string reason, FailureCause cause) {
  reason_ = std::move(reason);
  cause_ = cause;
  const bool may_retry = settings_.retries-- > 0;
  state_ = may_retry ? State::MayRetry : State::Failing;
  draw_challenge();
  return encode(mschapv2::Refusal{.id = id_,
                                  .may_retry = may_retry,
                                  .challenge = inputs_.authenticator_challenge,
                                  .message = "Wrong user name or password"});
}

}  // namespace agilevpn::eap
