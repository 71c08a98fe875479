// The control API without its transport: which request asks the backend what, and what is answered.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/event.h"
#include "control/backend.h"

namespace agilevpn::control {

struct ApiRequest {
  enum class Method : std::uint8_t { Get, Post, Other };
  Method method = Method::Get;
  std::string path;  // "/v1/sessions/7/disconnect", without the query.
  std::string body;  // JSON; may be empty.
};

struct ApiResponse {
  unsigned status = 200;  // HTTP's
  nlohmann::json body;
};

// Everything but /v1/events.
ApiResponse answer(const ApiRequest& request, Backend& backend);
ApiResponse failure(unsigned status, const Error& error);

// The query of /v1/events.
struct EventQuery {
  std::uint64_t after = 0;
  std::size_t limit = SIZE_MAX;
  bool follow = false;
  Severity least = Severity::Detail;  // Milder ones are neither shown nor counted.
};
inline constexpr std::string_view events_path = "/v1/events";
// The error names the word that is not known.
Result<EventQuery, Error> parse_event_query(std::string_view query);

}  // namespace agilevpn::control
