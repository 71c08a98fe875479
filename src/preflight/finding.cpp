#include "preflight/finding.h"

namespace agilevpn::preflight {

namespace {

std::string quoted(const std::string& word) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+./,:@";
  return !word.empty() && word.find_first_not_of(plain) == std::string::npos ? word : "'" + word + "'";
}

}  // namespace

std::string_view to_string(Finding::Weight weight) {
  switch (weight) {
    case Finding::Weight::Fine: return "ok";
    case Finding::Weight::Advice: return "note";
    case Finding::Weight::Problem: return "wrong";
  }
  return "";
}

std::string to_string(const Command& command) {
  std::string out;
  for (const std::string& word : command) out += (out.empty() ? "" : " ") + quoted(word);
  return out;
}

}  // namespace agilevpn::preflight
