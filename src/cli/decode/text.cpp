#include "cli/decode/text.h"

#include <fmt/format.h>

namespace agilevpn::cli::decode {

namespace {

constexpr std::size_t indent_step = 2;
constexpr std::size_t hex_shown_max = 40;  // Digits: what is longer is not compared by eye.

bool is_hex(const std::string& text) { return text.find_first_not_of("0123456789abcdef") == std::string::npos; }

std::string scalar(const Json& value) {
  if (!value.is_string()) return value.dump();
  const auto& text = value.get_ref<const std::string&>();
  if (text.size() <= hex_shown_max || !is_hex(text)) return text;
  return fmt::format("{}… ({} octets)", text.substr(0, hex_shown_max), text.size() / 2);
}

bool is_plain_list(const Json& value) {
  return value.is_array() && std::ranges::all_of(value, [](const Json& each) { return each.is_primitive(); });
}

std::string joined(const Json& list) {
  std::string text;
  for (const Json& each : list) text += (text.empty() ? "" : ", ") + scalar(each);
  return text;
}

std::string field(const std::string& key, const Json& value, bool is_first) {
  if (value.is_boolean()) return value.get<bool>() ? key : "";
  const std::string shown = value.is_array() ? joined(value) : scalar(value);
  if (key == "name" || (is_first && value.is_string())) return shown;
  std::string label = key;
  std::ranges::replace(label, '_', ' ');
  return label + (is_first ? " " : ": ") + shown;
}

bool is_on_the_line(const std::string& key, const Json& value) {
  return !key.ends_with("_code") && (value.is_primitive() || (is_plain_list(value) && !value.empty()));
}

std::string heading(const Json& object) {
  std::string line;
  for (const auto& [key, value] : object.items()) {
    if (!is_on_the_line(key, value)) continue;
    const std::string shown = field(key, value, line.empty());
    if (!line.empty() && !shown.empty()) line += "  ";
    line += shown;
  }
  return line;
}

std::string text(const Json& value) { return value.get<std::string>(); }

// "IKE_AUTH response 1", "IKEv1 Main Mode, not decoded further", "ESP".
std::string title(const Json& packet) {
  if (!packet.contains("exchange")) return text(packet["protocol"]);
  if (packet.contains("note"))
    return fmt::format("{} {}, {}", text(packet["protocol"]), text(packet["exchange"]), text(packet["note"]));
  const bool is_response = packet["is_response"].get<bool>();
  return fmt::format("{} {} {}", text(packet["exchange"]), is_response ? "response" : "request",
                     packet["message_id"].dump());
}

// The line above a packet's parts.
std::string packet_heading(const Json& packet) {
  std::string line = fmt::format("#{} {}  {} > {}  {}", packet["frame"].get<std::size_t>(), text(packet["time"]),
                                 text(packet["source"]), text(packet["destination"]), title(packet));
  if (packet.contains("spi_i")) line += fmt::format("  SPIs {} {}", text(packet["spi_i"]), text(packet["spi_r"]));
  if (packet.contains("spi"))
    line += fmt::format("  SPI {}  sequence number {}", text(packet["spi"]), packet["sequence_number"].dump());
  line += fmt::format("  {} octets", packet["octets"].dump());
  if (packet.contains("encrypted")) line += "  encrypted: " + text(packet["encrypted"]);
  if (packet.contains("error")) line += "  error: " + text(packet["error"]);
  return line + '\n';
}

// The parts of an object, each on lines of its own.
std::string parts_text(const Json& object, std::size_t indent) {
  std::string all;
  for (const auto& [key, value] : object.items()) {
    if (value.is_object()) all += to_text(value, indent);
    if (!value.is_array()) continue;
    for (const Json& each : value)
      if (each.is_object()) all += to_text(each, indent);
  }
  return all;
}

}  // namespace

std::string to_text(const Json& object, std::size_t indent) {
  return fmt::format("{:{}}{}\n", "", indent, heading(object)) + parts_text(object, indent + indent_step);
}

std::string packet_text(const Json& packet) { return packet_heading(packet) + parts_text(packet, 2 * indent_step); }

}  // namespace agilevpn::cli::decode
