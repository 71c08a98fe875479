// The control API's other end, blocking, for the command line.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>

#include "base/error.h"

namespace agilevpn::control {

class Client {
 public:
  explicit Client(std::filesystem::path socket) : socket_(std::move(socket)) {}

  // The answer's JSON. Errors: no daemon there, no permission, or what the daemon said.
  Result<nlohmann::json, Error> get(std::string_view target) const;
  Result<nlohmann::json, Error> post(std::string_view target, const nlohmann::json& body) const;

  using Deadline = std::chrono::steady_clock::time_point;

  // Hands over each line of an answer as it comes, until `take` returns false, the daemon ends it, or it is `deadline`.
  Result<void, Error> stream(std::string_view target, const std::function<bool(std::string_view line)>& take,
                             Deadline deadline = Deadline::max()) const;

 private:
  std::filesystem::path socket_;
};

}  // namespace agilevpn::control
