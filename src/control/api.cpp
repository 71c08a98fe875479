#include "control/api.h"

#include <fmt/format.h>

#include <charconv>
#include <span>

#include "control/diagnosis_json.h"
#include "control/event_text.h"
#include "control/status_json.h"

namespace agilevpn::control {

namespace {

using nlohmann::json;

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

ApiResponse done(const Result<void, Error>& result) {
  return result ? ApiResponse{200, json::object()} : failure(409, result.error());
}

// The text of a member; nothing if it is missing or null.
Result<std::optional<std::string>, Error> member(const json& body, const char* key) {
  if (!body.contains(key) || body[key].is_null()) return std::nullopt;
  if (!body[key].is_string()) return Failure{Error{fmt::format("'{}' must be text", key), ""}};
  return body[key].get<std::string>();
}

// The same, for what shall not stay in memory.
Result<Secret, Error> secret_member(json& body, const char* key) {
  TRY_ASSIGN(auto text, member(body, key));
  if (!text) return Secret{};
  Secret secret = Secret::copy_of(as_bytes(*text));
  for (std::string* copy : {&*text, &body[key].get_ref<std::string&>()})
    wipe(std::as_writable_bytes(std::span{copy->data(), copy->size()}));
  return secret;
}

Result<ApiResponse, Error> up(const std::string& name, json& body, Backend& backend) {
  TRY_ASSIGN(Secret pin, secret_member(body, "pin"));
  const auto answer = backend.up(name, std::move(pin));
  if (!answer) return failure(409, answer.error());
  return ApiResponse{200, answer->pin_wanted.empty() ? json::object() : json{{"pin_wanted", answer->pin_wanted}}};
}

std::optional<json> get(std::string_view path, Backend& backend) {
  if (path == "/v1/status") return backend.status();
  if (path == "/v1/sessions") return backend.status().sessions;
  if (path == "/v1/connections") return backend.connections();
  if (path == "/v1/paths") return backend.paths();
  return std::nullopt;
}

// The ID of "/v1/sessions/ID" and the verb.
std::optional<std::uint64_t> session_in(std::string_view path, std::string_view verb) {
  constexpr std::string_view sessions = "/v1/sessions/";
  if (!path.starts_with(sessions) || !path.ends_with(verb) || path.size() <= sessions.size() + verb.size())
    return std::nullopt;
  return parse_number(path.substr(sessions.size(), path.size() - sessions.size() - verb.size()));
}

Result<Rekey, Error> rekey_in(const json& body) {
  TRY_ASSIGN(const auto what, member(body, "what"));
  if (!what || *what == "all") return Rekey::All;
  if (*what == "ike") return Rekey::IkeSa;
  if (*what == "child") return Rekey::ChildSas;
  return Failure{Error{fmt::format("'what' is '{}'", *what), "one of: all, ike, child"}};
}

Result<ApiResponse, Error> post(std::string_view path, json& body, Backend& backend) {
  TRY_ASSIGN(const auto name, member(body, "name"));
  if (path == "/v1/up") return up(name.value_or(""), body, backend);
  if (path == "/v1/answer") {
    TRY_ASSIGN(Secret answer, secret_member(body, "answer"));
    return done(backend.answer(name.value_or(""), std::move(answer)));
  }
  if (path == "/v1/down") return done(backend.down(name.value_or("")));
  if (path == "/v1/why") {
    TRY_ASSIGN(const auto who, member(body, "who"));
    return ApiResponse{200, {{"diagnosis", backend.why(who.value_or(""))}}};
  }
  if (path == "/v1/move") {
    TRY_ASSIGN(const auto adapter, member(body, "adapter"));
    if (!adapter) return Failure{Error{"'adapter' is missing", ""}};
    return done(backend.move(name.value_or(""), *adapter));
  }
  if (path == "/v1/save-keys") {
    TRY_ASSIGN(const auto directory, member(body, "directory"));
    return done(backend.save_keys(directory));
  }
  if (const auto id = session_in(path, "/disconnect")) return done(backend.disconnect(*id));
  if (const auto id = session_in(path, "/rekey")) {
    TRY_ASSIGN(const Rekey what, rekey_in(body));
    return done(backend.rekey(*id, what));
  }
  return failure(404, {fmt::format("no such command: {}", path), ""});
}

}  // namespace

ApiResponse failure(unsigned status, const Error& error) {
  return {status, {{"error", {{"what", error.what}, {"help", error.help}}}}};
}

ApiResponse answer(const ApiRequest& request, Backend& backend) {
  if (request.method == ApiRequest::Method::Get) {
    if (auto found = get(request.path, backend)) return {200, std::move(*found)};
    return failure(404, {fmt::format("no such resource: {}", request.path), ""});
  }
  if (request.method != ApiRequest::Method::Post) return failure(400, {"only GET and POST are known", ""});

  json body = request.body.empty() ? json::object() : json::parse(request.body, nullptr, false);
  if (!body.is_object()) return failure(400, {"the body is no JSON object", ""});
  auto response = post(request.path, body, backend);
  return response ? *std::move(response) : failure(400, response.error());
}

Result<EventQuery, Error> parse_event_query(std::string_view query) {
  EventQuery out;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const std::string_view key = pair.substr(0, pair.find('='));
    const std::string_view value = pair.size() > key.size() ? pair.substr(key.size() + 1) : "";
    const auto number = parse_number(value);
    if (key == "follow" && (value == "true" || value == "false")) {
      out.follow = value == "true";
    } else if (key == "after" && number) {
      out.after = *number;
    } else if (key == "limit" && number) {
      out.limit = static_cast<std::size_t>(*number);
    } else if (key == "severity" && severity_from(value)) {
      out.least = *severity_from(value);
    } else {
      return Failure{
          Error{fmt::format("'{}' is not understood", pair), "known: after=N, limit=N, follow=true, severity=info"}};
    }
  }
  return out;
}

}  // namespace agilevpn::control
