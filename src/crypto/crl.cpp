#include "crypto/calendar.h"
#include "crypto/certificate.h"
#include "crypto/distinguished_name.h"
#include "crypto/native.h"
#include "crypto/pem.h"

namespace agilevpn::crypto {

struct Crl::State {
  OwnedCrl crl;
};

X509_CRL* Native::borrow(const Crl& crl) { return crl.state_->crl.get(); }

Result<std::vector<Crl>, Error> Crl::parse(ByteView pem_or_der) {
  const ErrorScope errors;
  std::vector<Crl> crls;
  const auto keep = [&](OwnedCrl crl) { crls.push_back(Crl{std::make_shared<State>(std::move(crl))}); };
  if (is_pem(pem_or_der)) {
    const OwnedBio in = reader_of(pem_or_der);
    while (auto crl = OwnedCrl{PEM_read_bio_X509_CRL(in.get(), nullptr, nullptr, nullptr)}) keep(std::move(crl));
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) crls.clear();
  } else if (auto crl = from_der<OwnedCrl>(pem_or_der, d2i_X509_CRL)) {
    keep(std::move(crl));
  }
  if (crls.empty()) return Failure{Error{"this is no certificate revocation list", "expected PEM or DER"}};
  return crls;
}

std::string Crl::issuer() const { return to_string(X509_CRL_get_issuer(state_->crl.get())); }

WallTime Crl::next_update() const { return to_wall_time(X509_CRL_get0_nextUpdate(state_->crl.get())); }

}  // namespace agilevpn::crypto
