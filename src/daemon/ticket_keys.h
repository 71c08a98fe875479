// The keys that a gateway seals its tickets with (RFC 5723 §9.5): in a file that its owner alone reads, so that a
// restart asks nobody for a login. A new one takes over every day; the one before still opens what it has sealed.
#pragma once

#include <filesystem>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "ike/ticket_box.h"

namespace agilevpn::daemon {

class TicketKeys {
 public:
  // What the file has; none, if it is not there or is not one of ours.
  static Result<TicketKeys, Error> open(std::filesystem::path file);

  // Makes a new key, and writes the file, if it is time to. Whether it was.
  Result<bool, Error> renew(WallTime now, Random& random);
  std::vector<ike::TicketKey> copies() const;

 private:
  struct Dated {
    WallTime made{};
    ike::TicketKey key;
  };
  explicit TicketKeys(std::filesystem::path file) : file_(std::move(file)) {}
  Result<void, Error> write() const;

  std::filesystem::path file_;
  std::vector<Dated> keys_;  // The newest first.
};

}  // namespace agilevpn::daemon
