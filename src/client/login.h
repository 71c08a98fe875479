// The user's way in by EAP (RFC 7296 §2.16), for one attempt to connect.
#pragma once

#include "client/authentication.h"
#include "eap/inner_eap.h"
#include "ike/credentials.h"

namespace agilevpn::client {

class Login {
 public:
  // `profile` has an EapLogin; the first three must outlive it. `now`: for certificates.
  Login(const Profile& profile, const ike::Credentials& credentials, Random& random, WallTime now);
  Login(const Login&) = delete;

  // What the server asks the user beyond the password that the profile has: the code of a token, as it words it; or the
  // password, if the profile has none, and another as often as the server takes one after a wrong one.
  struct AskUser {
    std::string prompt;
  };
  // What the engine is answered: the Response, success with its key, or why not, in words for the user. Or whether the
  // server's certificates still count is asked first, its id being for the caller to say; or the user is.
  using Step = std::variant<ike::Answer, ike::RevocationAsk, AskUser>;
  Step handle_packet(ByteView packet);
  Step handle_revocation(ike::RevocationAnswer answer);
  Step handle_user(Secret answer);
  bool was_password_refused() const { return was_password_refused_; }
  // What we did not like about the server, if that is why it ended.
  const std::optional<Disbelieved>& disbelief() const { return disbelief_; }

 private:
  Step advance(eap::Peer::Step step);
  // The profile's password, once; whoever asks for more asks the user. A wrong one of the profile is not asked for again:
  // nobody may be there.
  std::variant<eap::Peer::Step, AskUser> answer(const eap::AskPassword& question);
  std::string prompt_for(const eap::AskPassword& question) const;
  ike::Answer conclude(eap::Outcome outcome) const;
  std::unique_ptr<eap::PeerMethod> make_method(eap::Type type);
  // Inside PEAP and EAP-TTLS.
  eap::InnerPeer make_inner();
  std::unique_ptr<eap::PeerMethod> make_plain_method(eap::Type type, std::size_t tls_type_data_max);
  ike::wire::Identity server() const;
  // Is this the server that the user meant?
  Result<crypto::TlsVerdict, crypto::TlsRefusal> judge(const std::vector<crypto::Certificate>& chain);
  crypto::VerifyCertificates judging();

  const Profile& profile_;
  const EapLogin& settings_;
  const ike::Credentials& credentials_;
  Random& random_;
  WallTime now_;
  Result<crypto::TlsContext, Error> tls_;
  eap::Peer peer_;
  bool was_password_given_ = false;
  bool is_typed_ = false;  // The last one came from the user.
  bool was_password_refused_ = false;
  std::vector<Bytes> shown_;                         // The server's certificates that were judged last,
  std::optional<ike::RevocationAnswer> revocation_;  // and what is known of them; nothing yet.
  std::optional<Disbelieved> disbelief_;
};

}  // namespace agilevpn::client
