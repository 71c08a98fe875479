// Keys of IKE SAs and ESP SAs from Wireshark's own tables.
//
//   ikev2_decryption_table:  spi_i,spi_r,SK_ei,SK_er,"AES-CBC-256 [RFC3602]",SK_ai,SK_ar,"HMAC_SHA2_256_128 [RFC4868]"
//   esp_sa:                  "IPv4","source","destination","0xSPI","AES-CBC [RFC3602]","0xkey","HMAC-SHA-1-96
//   [RFC2404]","0xkey"
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/spi.h"
#include "cli/decode/algorithm_names.h"

namespace agilevpn::cli::decode {

// How one direction of an SA is protected.
struct DirectionKeys {
  crypto::CipherSuite suite;
  std::optional<std::size_t>
      unchecked_icv;  // Octets of an ICV that is not to be checked; then integrity is a stand-in.
  Secret encryption;  // With the salt at its end.
  Secret integrity;
};

class KeyTable {
 public:
  // Adds the rows of a table, or of the tables in a folder. A row of an algorithm that we cannot do is an error.
  Result<void, Error> load(const std::string& path);

  // For messages that the original initiator, or the original responder, sends; nullptr if unknown.
  const DirectionKeys* find_ike(IkeSpi spi_i, IkeSpi spi_r, bool from_original_initiator) const;
  // By destination and SPI, else by the SPI alone: an SA's addresses change when its client moves (RFC 4555 §3.5) and
  // at every NAT.
  const DirectionKeys* find_esp(const IpAddress& destination, EspSpi spi) const;

 private:
  using Row = std::vector<std::string>;
  Result<void, Error> load_file(const std::string& file);
  bool add(const Row& row);
  bool add_ike(const Row& row);
  bool add_esp(const Row& row);

  struct IkeKeys {
    DirectionKeys from_initiator;
    DirectionKeys from_responder;
  };
  std::map<std::pair<IkeSpi, IkeSpi>, IkeKeys> ike_;
  std::map<std::pair<EspSpi, std::optional<IpAddress>>, DirectionKeys> esp_;  // No address: "*", any.
};

}  // namespace agilevpn::cli::decode
