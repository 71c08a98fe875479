// EAP-TTLS version 0, the server (RFC 5281, RFC 9427 §2.4): the server shows a certificate, the user a password inside
// the session, by PAP, by MSCHAPv2 or by an EAP method.
//
//   Start ... Finished   <-->
//                        <--  User-Name, User-Password                    CheckPassword
//   or                   <--  User-Name, MS-CHAP-Challenge, MS-CHAP2-Response    FindPassword
//   MS-CHAP2-Success     -->
//                        <--  (nothing)
//   or                   <--  EAP-Message ...                             what the inner method asks
//
// The MSCHAPv2 challenge comes from the session itself, so it cannot be another's.
#pragma once

#include "eap/inner_eap.h"
#include "eap/tls_method.h"

namespace agilevpn::eap {

class TtlsServer final : public TlsServerMethod {
 public:
  // `context` and `mschap` must outlive it; null: no MSCHAPv2 without EAP.
  TtlsServer(const crypto::TlsContext& context, const crypto::MsChap* mschap, InnerServer inner)
      : TlsServerMethod(context, {}, limits::tls_type_data_max), mschap_(mschap), inner_settings_(std::move(inner)) {}
  Type type() const override { return Type::Ttls; }
  ServerStep handle_answer(Answer answer) override;
  std::string complaint() const override { return reason_; }

 private:
  enum class State : std::uint8_t { Fresh, Password, Hash, Eap, Succeeding, Failing };

  ServerStep handle_data(Secret data) override;
  ServerStep take_password(std::string user, ByteView password);
  ServerStep take_mschap(std::string user, ByteView challenge, ByteView response);
  ServerStep handle_eap(ByteView packet);
  ServerStep advance(Authenticator::Step step);
  ServerStep check_hash(const Secret& hash);
  ServerStep refuse_mschap(std::string reason);
  Outcome succeed(std::string user) const;

  const crypto::MsChap* mschap_;
  InnerServer inner_settings_;
  std::optional<InnerAuthenticator> inner_;
  State state_ = State::Fresh;
  std::string user_;
  std::uint8_t ident_ = 0;
  crypto::MsChapInputs inputs_;
  crypto::NtResponse nt_response_{};
  std::string reason_;
};

}  // namespace agilevpn::eap
