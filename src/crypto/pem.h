// DER and PEM in and out of OpenSSL's objects.
#pragma once

#include <openssl/pem.h>

#include <string>

#include "base/error.h"
#include "base/secret.h"
#include "crypto/openssl.h"

namespace agilevpn::crypto {

// What the i2d function `encode` makes of the object.
template <class T, class Encode>
Bytes to_der(T* object, Encode encode) {
  const int size = encode(object, nullptr);
  CHECK(size > 0);
  Bytes der(static_cast<std::size_t>(size));
  unsigned char* next = writable(der);
  CHECK(encode(object, &next) == size);
  return der;
}

// What the d2i function `decode` makes of exactly these octets; null if it cannot, or if some are left.
template <class Owner, class Decode>
Owner from_der(ByteView der, Decode decode) {
  const unsigned char* next = as_uchar(der);
  Owner object{decode(nullptr, &next, int_size(der))};
  if (object && next != as_uchar(der) + der.size()) object.reset();
  return object;
}

// A BIO that reads these octets, which must outlive it.
OwnedBio reader_of(ByteView octets);
// What was written to a memory BIO; valid while it lives unchanged.
ByteView written_to(BIO* memory);
bool is_pem(ByteView octets);

// PEM or DER, PKCS#8 (plain or encrypted) or traditional. Never asks on the terminal.
Result<OwnedKey, Error> read_private_key(ByteView pem_or_der, const Secret& password);

// The newest error in this thread's queue, in OpenSSL's words.
std::string last_error();

}  // namespace agilevpn::crypto
