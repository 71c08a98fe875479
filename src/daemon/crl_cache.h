// CRLs that were fetched, in a folder, by the URL that they came from.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "crypto/certificate.h"

namespace agilevpn::daemon {

class CrlCache {
 public:
  explicit CrlCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

  struct Entry {
    crypto::Crl crl;
    WallTime fetched;
  };
  // Nothing if it was never fetched, or its nextUpdate has passed.
  const Entry* find(const std::string& url, WallTime now);
  // A disk that takes it not is no reason to refuse anybody: the list is kept in memory all the same.
  Result<void, Error> keep(const std::string& url, ByteView octets, crypto::Crl crl, WallTime now);

 private:
  std::filesystem::path file_of(const std::string& url) const;

  std::filesystem::path folder_;
  std::map<std::string, Entry> entries_;
};

}  // namespace agilevpn::daemon
