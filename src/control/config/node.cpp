#include "control/config/node.h"

#include <fmt/format.h>

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <algorithm>
#include <array>

namespace agilevpn::control::config {

namespace {

int line_of(const toml::source_region& source) { return static_cast<int>(source.begin.line); }

// Lines count from `first`.
class Converter {
 public:
  explicit Converter(int first) : first_(first) {}
  Node convert(const toml::node& source) const;

 private:
  Node::Table convert_table(const toml::table& table) const;
  Node::Array convert_array(const toml::array& array) const;
  int line(const toml::source_region& source) const { return line_of(source) + first_ - 1; }

  int first_;
};

Node::Table Converter::convert_table(const toml::table& table) const {
  Node::Table entries;
  for (const auto& [key, value] : table) {
    entries.push_back({std::string(key.str()), line(key.source()), convert(value)});
  }
  std::ranges::stable_sort(entries, {}, &Entry::line);  // toml++ sorts by name.
  return entries;
}

Node::Array Converter::convert_array(const toml::array& array) const {
  Node::Array nodes;
  for (const toml::node& value : array) nodes.push_back(convert(value));
  return nodes;
}

Node Converter::convert(const toml::node& source) const {
  Node node{line(source.source()), {}};
  if (const auto* table = source.as_table()) {
    node.value = convert_table(*table);
  } else if (const auto* array = source.as_array()) {
    node.value = convert_array(*array);
  } else if (const auto* integer = source.as_integer()) {
    node.value = integer->get();
  } else if (const auto* number = source.as_floating_point()) {
    node.value = number->get();
  } else if (const auto* boolean = source.as_boolean()) {
    node.value = boolean->get();
  } else if (const auto* text = source.as_string()) {
    node.value = text->get();
  } else {
    node.value = 0.0;  // A date or a time: no key takes one.
  }
  return node;
}

}  // namespace

std::string_view Node::kind() const {
  static constexpr std::array<std::string_view, 6> names = {"text",          "a number", "a number",
                                                            "true or false", "a list",   "a table"};
  return names.at(value.index());
}

Result<Node, Mistake> parse_toml(std::string_view text, std::string_view file, int first_line) {
  const toml::parse_result parsed = toml::parse(text);
  if (parsed) return Converter(first_line).convert(parsed.table());
  const auto& place = parsed.error().source();
  return Failure{
      Mistake{{fmt::format("{}:{}:{}: {}", file, line_of(place), place.begin.column, parsed.error().description()), ""},
              line_of(place),
              ""}};
}

}  // namespace agilevpn::control::config
