// TLS 1.2 and 1.3 as EAP carries them (RFC 5216, RFC 9190): OpenSSL's, over memory. Records come in and go out; nothing
// is read, sent or timed here. Certificates are believed by the owner's own verifier, never by OpenSSL's. No session is
// resumed: every conversation proves everything anew.
//
// The randomness is OpenSSL's own: the one thing in a login that does not come from its owner.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/certificate.h"

namespace agilevpn::crypto {

enum class TlsRole : std::uint8_t { Client, Server };
enum class TlsVersion : std::uint8_t { Tls12, Tls13 };

// Who we are in TLS. Made once, for any number of sessions.
class TlsContext {
 public:
  struct Settings {
    TlsRole role = TlsRole::Client;
    std::vector<Certificate> chain;  // Our own first, then those above it; a client may have none.
    std::optional<PrivateKey> key;
    std::vector<Certificate> authorities;  // Of a server: whose certificates it names when it asks for one.
    TlsVersion newest = TlsVersion::Tls13;
  };
  // Fails for a key that does not fit its certificate, or one that is too weak.
  static Result<TlsContext, Error> make(const Settings& settings);

 private:
  friend class TlsSession;
  struct State;
  explicit TlsContext(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

// Why the other end's certificate is not believed; `check` becomes the alert.
struct TlsRefusal {
  CertificateError::Check check;
  std::string reason;
};
// Undecided, of a client's only: it will be asked again, and until then nothing of the client is sent.
enum class TlsVerdict : std::uint8_t { Believed, Undecided };
// The other end's certificate and those that it sent along.
using VerifyCertificates = std::function<Result<TlsVerdict, TlsRefusal>(const std::vector<Certificate>& chain)>;

class TlsSession {
 public:
  // `verify` decides while handle() runs; where it is undecided, handle({}) asks it again. A server without it asks for no certificate; a client must have it.
  TlsSession(const TlsContext& context, VerifyCertificates verify);
  ~TlsSession();
  TlsSession(TlsSession&&) noexcept;
  TlsSession& operator=(TlsSession&&) noexcept;

  // Takes records and does what they allow; a client begins with none. The failure is one sentence about the other end
  // ("it"): which check of its certificate failed, which alert it sent, what it did wrong. An alert for it may be among
  // the records to send.
  Result<void, std::string> handle(ByteView records);
  // What is to be sent; empty: nothing.
  Bytes poll_records();
  bool is_established() const;
  bool is_undecided() const;
  TlsVersion version() const;  // Once established.

  // Application data; both only once established. What is read is given once.
  Secret read();
  void write(ByteView data);
  // RFC 5705, RFC 8446 §7.5. Without a context is not with an empty one, in TLS 1.2.
  Secret export_key(std::string_view label, std::optional<ByteView> context, std::size_t size) const;
  // The other end's own certificate, if it showed one and it was believed.
  const std::optional<Certificate>& peer_certificate() const;

 private:
  friend class TlsContext;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace agilevpn::crypto
