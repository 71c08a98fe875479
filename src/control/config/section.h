// Reads the keys of one table into typed values, and collects every mistake with its place:
//
//   gateway.toml:12: unknown key 'polcy', did you mean 'policy'?
//
// Ask for each key once, then call finish(): what is left over is a mistake. A value that is wrong leaves its target as it
// was, so that reading goes on and all mistakes of a file are told at once.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "control/config/node.h"

namespace agilevpn::control::config {

// A file whose lines are known by numbers from `first_line` on.
struct Source {
  std::string file;
  int first_line = 1;
  std::filesystem::path path = {};
};

// Of one reading of a configuration: what is wrong with it, and what is merely unwise.
class Mistakes {
 public:
  explicit Mistakes(std::string file) : sources_{Source{std::move(file), 1}} {}
  // In the order of their lines.
  explicit Mistakes(std::vector<Source> sources) : sources_(std::move(sources)) {}
  void add(int line, std::string key, const std::string& what, std::string help = {});
  bool empty() const { return mistakes_.empty(); }
  // In the order of their lines.
  std::vector<Mistake> take() &&;

  void warn(int line, std::string key, const std::string& what, std::string help = {});
  // A secret is in this file: a warning if everybody may read it. An empty path means the configuration itself.
  void note_secret(int line, std::string key, const std::filesystem::path& file);
  std::vector<Mistake> take_warnings() && { return std::move(warnings_); }

  // Keys that stand before the first table. One that stands elsewhere was appended to the file without thinking of that.
  void note_top(std::string_view key) { top_keys_.emplace(key); }
  bool is_top(std::string_view key) const { return top_keys_.contains(key); }

 private:
  const Source& source_of(int line) const;
  Mistake placed(int line, std::string key, const std::string& what, std::string help) const;

  std::vector<Source> sources_;
  std::vector<std::pair<int, Mistake>> mistakes_;  // With their lines among all files.
  std::vector<Mistake> warnings_;
  std::set<std::filesystem::path> open_files_;  // That were warned of.
  std::set<std::string, std::less<>> top_keys_;
};

// As sentences alone.
template <class T>
Result<T, std::vector<Error>> in_words(Result<T, std::vector<Mistake>> result) {
  if (result) return *std::move(result);
  return Failure{std::vector<Error>(result.error().begin(), result.error().end())};
}

class Section {
 public:
  // `name` stands before keys in messages: "pool"; empty at the top. `table` and `mistakes` must outlive the section.
  Section(const Node::Table& table, int line, std::string name, Mistakes& mistakes)
      : table_(table), line_(line), name_(std::move(name)), mistakes_(mistakes) {}

  bool has(std::string_view key) const;
  int line() const { return line_; }
  const std::string& name() const { return name_; }

  // A key that is missing leaves `out` alone.
  void read(std::string_view key, bool& out);  // Also "on" and "off".
  void read(std::string_view key, std::string& out);
  void read(std::string_view key, std::vector<std::string>& out);  // One text is a list of one.
  void read(std::string_view key, Duration& out);                  // "8h", "1h30m", "500ms"; "never" is 0.
  void read(std::string_view key, Duration& out, Duration least);  // "never" is none.
  void read(std::string_view key, std::uint64_t& out, std::uint64_t least, std::uint64_t most);

  // Makes a T of a text, or says what is wrong with it: "has a port".
  template <class T>
  using Parser = std::function<Result<T, std::string>(std::string_view)>;
  template <class T>
  void read(std::string_view key, T& out, const Parser<T>& parse);
  template <class T>
  void read(std::string_view key, std::vector<T>& out, const Parser<T>& parse);
  // `parse` makes a T of a text or gives nothing; `expected` completes "is not ...". `out` is a T or a vector of them.
  template <class T, class Out>
  void read(std::string_view key, Out& out, const std::function<std::optional<T>(std::string_view)>& parse,
            std::string_view expected);

  // The table under `key`.
  std::optional<Section> section(std::string_view key);
  // Every table in this one; what is no table is a mistake.
  std::vector<Section> sections();
  // Every table in this one that nobody asked for; the rest stays as it is.
  std::vector<Section> more_sections();
  // Every key that nobody asked for; it counts as asked for afterwards.
  std::vector<const Entry*> entries();

  // A mistake in the value of `key`, or in the section as a whole if it is not there. A value of the wrong kind was said
  // already: nothing more is said of that key.
  void wrong(std::string_view key, std::string_view what, std::string help = {});
  // That the value of `key` is unwise.
  void warn(std::string_view key, std::string_view what, std::string help = {});
  // Whether a value was of the wrong kind, so that what is missing may have been meant by it.
  bool is_misread() const { return !misread_.empty(); }
  // A secret stands under `key`, or in the file that it names.
  void note_secret(std::string_view key, const std::filesystem::path& file = {});
  // What is left over is a mistake; `help` goes with what resembles nothing that is known.
  void finish(const std::string& help = {});

 private:
  const Node* look(std::string_view key) const;
  const Node* find(std::string_view key);
  std::string misplaced(std::string_view key) const;
  std::string full(std::string_view key) const {
    return name_.empty() ? std::string(key) : name_ + "." + std::string(key);
  }
  void wrong_kind(std::string_view key, const Node& node, std::string_view expected);
  // The texts under a key, each with its line.
  std::vector<std::pair<std::string, int>> texts(std::string_view key);
  void wrong_text(int line, std::string_view key, std::string_view text, std::string_view what);

  const Node::Table& table_;
  int line_;
  std::string name_;
  Mistakes& mistakes_;
  std::set<std::string, std::less<>> asked_;
  std::set<std::string, std::less<>> misread_;
};

template <class T>
void Section::read(std::string_view key, T& out, const Parser<T>& parse) {
  const Node* node = find(key);
  if (!node) return;
  const auto* text = node->as<std::string>();
  if (!text) return wrong_kind(key, *node, "text");
  if (auto value = parse(*text)) {
    out = *std::move(value);
  } else {
    wrong_text(node->line, key, *text, value.error());
  }
}

template <class T>
void Section::read(std::string_view key, std::vector<T>& out, const Parser<T>& parse) {
  if (!has(key)) return static_cast<void>(find(key));
  out.clear();
  for (const auto& [text, line] : texts(key)) {
    if (auto value = parse(text)) {
      out.push_back(*std::move(value));
    } else {
      wrong_text(line, key, text, value.error());
    }
  }
}

template <class T, class Out>
void Section::read(std::string_view key, Out& out, const std::function<std::optional<T>(std::string_view)>& parse,
                   std::string_view expected) {
  read<T>(key, out, [&](std::string_view text) -> Result<T, std::string> {
    if (auto value = parse(text)) return *std::move(value);
    return Failure{std::string("is not ").append(expected)};
  });
}

// "8h", "1h30m", "45s", "500ms"; "never" is 0.
std::optional<Duration> parse_duration(std::string_view text);

// The candidate that is spelled most like `word`; nothing if none is close.
std::optional<std::string> closest(std::string_view word, const std::set<std::string, std::less<>>& candidates);

}  // namespace agilevpn::control::config
