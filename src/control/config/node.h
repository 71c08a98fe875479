// A TOML document as a tree that remembers its lines, so that every later complaint can name one.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"

namespace agilevpn::control::config {

struct Entry;

struct Node {
  using Array = std::vector<Node>;
  using Table = std::vector<Entry>;  // In the order of the file.

  int line = 0;
  std::variant<std::string, std::int64_t, double, bool, Array, Table> value;

  template <class T>
  const T* as() const {
    return std::get_if<T>(&value);
  }
  std::string_view kind() const;  // "text", "a number", "true or false", "a list", "a table"
};

struct Entry {
  std::string key;
  int line = 0;
  Node node;
};

// What is wrong with a configuration: a sentence that names its place, and that place for programs.
struct Mistake : Error {
  int line = 0;     // Of its file; 0: of none.
  std::string key;  // "pool.ipv4"; may be empty.
};

// `file` is named in the error: "gateway.toml:3:7: ...". Lines of the tree count from `first_line`.
Result<Node, Mistake> parse_toml(std::string_view text, std::string_view file, int first_line = 1);

}  // namespace agilevpn::control::config
