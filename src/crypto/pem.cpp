#include "crypto/pem.h"

#include <array>
#include <cstring>
#include <string_view>

namespace agilevpn::crypto {

namespace {

// Whether OpenSSL wanted a password, and which it gets.
struct PasswordRequest {
  const Secret& password;
  bool was_asked = false;

  static int answer(char* buffer, int size, int, void* request) {
    auto& self = *static_cast<PasswordRequest*>(request);
    self.was_asked = true;
    const ByteView password = self.password.view();
    if (password.empty() || password.size() > static_cast<std::size_t>(size)) return -1;
    std::memcpy(buffer, password.data(), password.size());
    return int_size(password);
  }
};

EVP_PKEY* read_der(ByteView der, PasswordRequest& request) {
  if (auto key = from_der<OwnedKey>(der, d2i_AutoPrivateKey)) return key.release();
  return d2i_PKCS8PrivateKey_bio(reader_of(der).get(), nullptr, PasswordRequest::answer, &request);
}

}  // namespace

OwnedBio reader_of(ByteView octets) { return OwnedBio{BIO_new_mem_buf(octets.data(), int_size(octets))}; }

ByteView written_to(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  return as_bytes({data, static_cast<std::size_t>(size)});
}

bool is_pem(ByteView octets) { return !std::ranges::search(octets, as_bytes("-----BEGIN ")).empty(); }

Result<OwnedKey, Error> read_private_key(ByteView pem_or_der, const Secret& password) {
  const ErrorScope errors;
  PasswordRequest request{password};
  OwnedKey key{is_pem(pem_or_der)
                   ? PEM_read_bio_PrivateKey(reader_of(pem_or_der).get(), nullptr, PasswordRequest::answer, &request)
                   : read_der(pem_or_der, request)};
  if (key) return key;
  if (!request.was_asked) {
    return Failure{Error{"this is no private key", "expected PEM or DER, PKCS#8 or traditional"}};
  }
  if (password.empty()) return Failure{Error{"the private key is encrypted", "give its password"}};
  return Failure{Error{"the private key cannot be decrypted", "is the password right?"}};
}

std::string last_error() {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_peek_last_error(), text.data(), text.size());
  return text.data();
}

}  // namespace agilevpn::crypto
