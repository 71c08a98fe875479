#include "crypto/tls.h"

#include <fmt/format.h>
#include <openssl/ssl.h>

#include <array>
#include <utility>

#include "crypto/native.h"
#include "crypto/pem.h"

namespace agilevpn::crypto {

namespace {

using Check = CertificateError::Check;
using OwnedSslCtx = Owned<SSL_CTX, SSL_CTX_free>;
using OwnedSsl = Owned<SSL, SSL_free>;

constexpr int tls_security_level = 2;  // As for certificates (verifier.cpp): 112 bits.
// Of TLS 1.2: forward secrecy always. CBC is what Windows 7 and 8.1 have with an RSA certificate.
constexpr const char* ciphers_of_tls12 = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES";

// The alert that a check becomes is OpenSSL's for this error.
int error_of(Check check) {
  switch (check) {
    case Check::Validity: return X509_V_ERR_CERT_HAS_EXPIRED;
    case Check::NotYetValid: return X509_V_ERR_CERT_NOT_YET_VALID;
    case Check::Revocation:
    case Check::Revoked: return X509_V_ERR_CERT_REVOKED;
    case Check::Strength: return X509_V_ERR_EE_KEY_TOO_SMALL;
    case Check::Chain:
    case Check::UnknownIssuer:
    case Check::Issuer: return X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
    case Check::KeyUsage:
    case Check::ExtendedKeyUsage: return X509_V_ERR_INVALID_PURPOSE;
    case Check::Parse:
    case Check::NameConstraints:
    case Check::Identity:
    case Check::SubjectField:
    case Check::AlternativeName:
    case Check::Policy:
    case Check::SameKey: return X509_V_ERR_CERT_REJECTED;
  }
  return X509_V_ERR_CERT_REJECTED;
}

// What an alert of the other end means for who reads about it.
std::string explain_alert(int alert) {
  const std::string name = SSL_alert_desc_string_long(alert);
  switch (alert & 0xff) {
    case SSL_AD_UNKNOWN_CA:
      return fmt::format("it does not trust the CA that issued our certificate (TLS alert: {})", name);
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_UNKNOWN: return fmt::format("it refuses our certificate (TLS alert: {})", name);
    case TLS13_AD_CERTIFICATE_REQUIRED:
      return fmt::format("it wants a certificate, and we showed none (TLS alert: {})", name);
    case SSL_AD_PROTOCOL_VERSION: return fmt::format("it takes no version of TLS that we have (TLS alert: {})", name);
    case SSL_AD_CLOSE_NOTIFY: return "it closed the TLS session";
    default: return fmt::format("it ended the TLS session (alert: {})", name);
  }
}

std::string first_error() {
  const char* const text = ERR_reason_error_string(ERR_peek_error());
  return text ? text : "the records make no sense";
}

void name_authorities(SSL_CTX* context, const std::vector<Certificate>& authorities) {
  for (const Certificate& authority : authorities)
    CHECK(SSL_CTX_add_client_CA(context, Native::borrow(authority)) == 1);
}

Result<void, Error> use_certificate(SSL_CTX* context, const TlsContext::Settings& settings) {
  if (settings.chain.empty()) return {};
  const auto fail = [&] {
    return Failure{
        Error{fmt::format("TLS cannot use the certificate {}: {}", settings.chain.front().subject(), last_error()),
              "it needs its own key, of 2048 bits for RSA or 256 for ECDSA"}};
  };
  if (!settings.key || SSL_CTX_use_certificate(context, Native::borrow(settings.chain.front())) != 1) return fail();
  for (std::size_t i = 1; i < settings.chain.size(); ++i)
    if (SSL_CTX_add1_chain_cert(context, Native::borrow(settings.chain[i])) != 1) return fail();
  if (SSL_CTX_use_PrivateKey(context, Native::borrow(*settings.key)) != 1) return fail();
  return {};
}

void configure(SSL_CTX* context, TlsVersion newest) {
  SSL_CTX_set_security_level(context, tls_security_level);
  CHECK(SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION));
  CHECK(SSL_CTX_set_max_proto_version(context, newest == TlsVersion::Tls13 ? TLS1_3_VERSION : TLS1_2_VERSION));
  CHECK(SSL_CTX_set_cipher_list(context, ciphers_of_tls12));
  SSL_CTX_set_options(
      context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // strongSwan's server does not know RFC 5746. Nobody renegotiates with us, so a client loses nothing by it.
  SSL_CTX_set_options(context, SSL_OP_LEGACY_SERVER_CONNECT);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  CHECK(SSL_CTX_set_num_tickets(context, 0));
  SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_quiet_shutdown(context, 1);
}

}  // namespace

struct TlsContext::State {
  OwnedSslCtx context;
  TlsRole role;
};

struct TlsSession::State {
  State(const TlsContext& tls, VerifyCertificates verify_)
      : context(tls.state_), verify(std::move(verify_)), ssl(SSL_new(context->context.get())) {
    CHECK(ssl);
    in = BIO_new(BIO_s_mem());
    out = BIO_new(BIO_s_mem());
    CHECK(in && out);
    SSL_set_bio(ssl.get(), in, out);
    SSL_set_app_data(ssl.get(), this);
    if (context->role == TlsRole::Server)
      SSL_set_accept_state(ssl.get());
    else
      SSL_set_connect_state(ssl.get());
    if (verify) SSL_set_verify(ssl.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }

  static State& of(const SSL* ssl) { return *static_cast<State*>(SSL_get_app_data(ssl)); }
  static int verify_certificates(X509_STORE_CTX* store, void*);
  static void note(const SSL* ssl, int where, int value);
  Result<TlsVerdict, TlsRefusal> judge(X509_STORE_CTX* store);
  // Whether OpenSSL waits for more records, or why it does not.
  Result<void, std::string> outcome_of(int result) const;
  Result<void, std::string> read_all();

  std::shared_ptr<const TlsContext::State> context;
  VerifyCertificates verify;
  OwnedSsl ssl;
  BIO* in = nullptr;  // Both are the SSL's.
  BIO* out = nullptr;
  std::optional<Certificate> peer;
  bool is_undecided = false;  // About it.
  std::string refusal;        // Of the other end's certificate.
  std::string alert;          // The other end's.
  Secret data;
};

Result<TlsContext, Error> TlsContext::make(const Settings& settings) {
  const ErrorScope errors;
  OwnedSslCtx context{SSL_CTX_new(settings.role == TlsRole::Server ? TLS_server_method() : TLS_client_method())};
  CHECK(context);
  configure(context.get(), settings.newest);
  SSL_CTX_set_cert_verify_callback(context.get(), TlsSession::State::verify_certificates, nullptr);
  SSL_CTX_set_info_callback(context.get(), TlsSession::State::note);
  TRY(use_certificate(context.get(), settings));
  name_authorities(context.get(), settings.authorities);
  return TlsContext{std::make_shared<const State>(std::move(context), settings.role)};
}

int TlsSession::State::verify_certificates(X509_STORE_CTX* store, void*) {
  State& self = of(static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx())));
  const auto judged = self.judge(store);
  self.is_undecided = judged && *judged == TlsVerdict::Undecided;
  if (self.is_undecided) CHECK(self.context->role == TlsRole::Client && SSL_set_retry_verify(self.ssl.get()));
  X509_STORE_CTX_set_error(store, judged ? X509_V_OK : error_of(judged.error().check));
  if (!judged) self.refusal = judged.error().reason;
  return judged ? 1 : 0;
}

Result<TlsVerdict, TlsRefusal> TlsSession::State::judge(X509_STORE_CTX* store) {
  std::vector<Certificate> chain;
  const STACK_OF(X509)* const sent = X509_STORE_CTX_get0_untrusted(store);
  for (int i = 0; i < sk_X509_num(sent); ++i) {
    X509* const x509 = sk_X509_value(sent, i);
    CHECK(X509_up_ref(x509));
    auto certificate = Native::certificate(OwnedCertificate{x509});
    if (!certificate) return Failure{TlsRefusal{Check::Parse, "its certificate has a public key of an unknown kind"}};
    chain.push_back(*std::move(certificate));
  }
  if (chain.empty()) return Failure{TlsRefusal{Check::Parse, "it showed no certificate"}};
  TRY_ASSIGN(const TlsVerdict verdict, verify(chain));
  if (verdict == TlsVerdict::Believed) peer = chain.front();
  return verdict;
}

void TlsSession::State::note(const SSL* ssl, int where, int value) {
  if (where == SSL_CB_READ_ALERT) of(ssl).alert = explain_alert(value);
}

Result<void, std::string> TlsSession::State::outcome_of(int result) const {
  const int error = SSL_get_error(ssl.get(), result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_RETRY_VERIFY) return {};
  if (!refusal.empty()) return Failure{refusal};
  if (!alert.empty()) return Failure{alert};
  return Failure{fmt::format("its TLS fails: {}", first_error())};
}

Result<void, std::string> TlsSession::State::read_all() {
  std::array<std::byte, 2048> block{};
  std::size_t size = 0;
  int result = 0;
  while ((result = SSL_read_ex(ssl.get(), block.data(), block.size(), &size)) == 1)
    data = Secret{concat({data.view(), ByteView{block}.first(size)})};
  wipe(block);
  return outcome_of(result);
}

TlsSession::TlsSession(const TlsContext& context, VerifyCertificates verify)
    : state_(std::make_unique<State>(context, std::move(verify))) {
  CHECK(state_->verify || context.state_->role == TlsRole::Server);
}
TlsSession::~TlsSession() = default;
TlsSession::TlsSession(TlsSession&&) noexcept = default;
TlsSession& TlsSession::operator=(TlsSession&&) noexcept = default;

Result<void, std::string> TlsSession::handle(ByteView records) {
  const ErrorScope errors;
  ERR_clear_error();
  if (!records.empty()) CHECK(BIO_write(state_->in, records.data(), int_size(records)) == int_size(records));
  if (!is_established()) {
    const int result = SSL_do_handshake(state_->ssl.get());
    if (result != 1) return state_->outcome_of(result);
  }
  return state_->read_all();
}

Bytes TlsSession::poll_records() {
  Bytes records = to_bytes(written_to(state_->out));
  (void)BIO_reset(state_->out);
  return records;
}

bool TlsSession::is_established() const { return SSL_is_init_finished(state_->ssl.get()) == 1; }

bool TlsSession::is_undecided() const { return state_->is_undecided; }

TlsVersion TlsSession::version() const {
  return SSL_version(state_->ssl.get()) >= TLS1_3_VERSION ? TlsVersion::Tls13 : TlsVersion::Tls12;
}

Secret TlsSession::read() { return std::exchange(state_->data, {}); }

void TlsSession::write(ByteView data) {
  const ErrorScope errors;
  ERR_clear_error();
  std::size_t written = 0;
  CHECK(SSL_write_ex(state_->ssl.get(), data.data(), data.size(), &written) == 1 && written == data.size());
}

Secret TlsSession::export_key(std::string_view label, std::optional<ByteView> context, std::size_t size) const {
  Secret key{size};
  const ByteView octets = context.value_or(ByteView{});
  CHECK(SSL_export_keying_material(state_->ssl.get(), writable(key.mutable_view()), size, label.data(), label.size(),
                                   as_uchar(octets), octets.size(), context ? 1 : 0) == 1);
  return key;
}

const std::optional<Certificate>& TlsSession::peer_certificate() const { return state_->peer; }

}  // namespace agilevpn::crypto
