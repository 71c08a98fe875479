#include "control/config/section.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>

#include "control/files/file.h"

namespace agilevpn::control::config {

void Mistakes::add(int line, std::string key, const std::string& what, std::string help) {
  mistakes_.emplace_back(line, placed(line, std::move(key), what, std::move(help)));
}

std::vector<Mistake> Mistakes::take() && {
  std::ranges::stable_sort(mistakes_, {}, &std::pair<int, Mistake>::first);
  std::vector<Mistake> out;
  for (auto& [line, mistake] : mistakes_) out.push_back(std::move(mistake));
  return out;
}

void Mistakes::warn(int line, std::string key, const std::string& what, std::string help) {
  warnings_.push_back(placed(line, std::move(key), what, std::move(help)));
}

void Mistakes::note_secret(int line, std::string key, const std::filesystem::path& file) {
  const auto& holder = file.empty() ? source_of(line).path : file;
  if (!files::is_open_to_all(holder) || !open_files_.insert(holder).second) return;
  const std::string what = fmt::format("{}: everybody on this machine may read the secret in {}", key, holder.string());
  warn(line, std::move(key), what, fmt::format("chmod 600 {}", holder.string()));
}

const Source& Mistakes::source_of(int line) const {
  const auto after = std::ranges::upper_bound(sources_, line, {}, &Source::first_line);
  return after == sources_.begin() ? sources_.front() : *std::prev(after);
}

Mistake Mistakes::placed(int line, std::string key, const std::string& what, std::string help) const {
  const Source& source = source_of(line);
  const int own_line = line - source.first_line + 1;
  return {{fmt::format("{}:{}: {}", source.file, own_line, what), std::move(help)}, own_line, std::move(key)};
}

bool Section::has(std::string_view key) const {
  return std::ranges::any_of(table_, [&](const Entry& entry) { return entry.key == key; });
}

const Node* Section::look(std::string_view key) const {
  const auto place = std::ranges::find(table_, key, &Entry::key);
  return place == table_.end() ? nullptr : &place->node;
}

const Node* Section::find(std::string_view key) {
  asked_.emplace(key);
  if (name_.empty()) mistakes_.note_top(key);
  return look(key);
}

void Section::read(std::string_view key, bool& out) {
  const Node* node = find(key);
  if (!node) return;
  const auto* text = node->as<std::string>();
  if (const auto* value = node->as<bool>()) {
    out = *value;
  } else if (text && (*text == "on" || *text == "off")) {
    out = *text == "on";
  } else {
    wrong_kind(key, *node, "true or false");
  }
}

void Section::read(std::string_view key, std::string& out) {
  const Node* node = find(key);
  if (!node) return;
  if (const auto* text = node->as<std::string>()) {
    out = *text;
  } else {
    wrong_kind(key, *node, "text");
  }
}

void Section::read(std::string_view key, std::vector<std::string>& out) {
  if (!find(key)) return;
  out.clear();
  for (auto& [text, line] : texts(key)) out.push_back(std::move(text));
}

void Section::read(std::string_view key, Duration& out) {
  read<Duration>(key, out, parse_duration, "a duration such as 30m, 8h or never");
}

void Section::read(std::string_view key, Duration& out, Duration least) {
  read<Duration>(key, out, [&](std::string_view text) -> Result<Duration, std::string> {
    const auto value = text == "never" ? std::nullopt : parse_duration(text);
    if (value && *value >= least) return *value;
    return Failure{fmt::format("is not a duration of {} ms or more, such as 30m", least / 1ms)};
  });
}

void Section::read(std::string_view key, std::uint64_t& out, std::uint64_t least, std::uint64_t most) {
  const Node* node = find(key);
  if (!node) return;
  const auto* value = node->as<std::int64_t>();
  if (!value) return wrong_kind(key, *node, "a number");
  if (*value < 0 || static_cast<std::uint64_t>(*value) < least || static_cast<std::uint64_t>(*value) > most) {
    return mistakes_.add(node->line, full(key),
                         fmt::format("{}: {} is not from {} to {}", full(key), *value, least, most));
  }
  out = static_cast<std::uint64_t>(*value);
}

std::optional<Section> Section::section(std::string_view key) {
  asked_.emplace(key);
  const Node* node = look(key);
  if (!node) return std::nullopt;
  if (const auto* table = node->as<Node::Table>()) return Section(*table, node->line, full(key), mistakes_);
  wrong_kind(key, *node, "a table");
  return std::nullopt;
}

std::vector<Section> Section::sections() {
  std::vector<Section> out;
  for (const Entry* entry : entries()) {
    if (auto found = section(entry->key)) out.push_back(std::move(*found));
  }
  return out;
}

std::vector<Section> Section::more_sections() {
  std::vector<Section> out;
  for (const Entry& entry : table_) {
    if (asked_.contains(entry.key) || !entry.node.as<Node::Table>()) continue;
    out.push_back(*section(entry.key));
  }
  return out;
}

std::vector<const Entry*> Section::entries() {
  std::vector<const Entry*> out;
  for (const Entry& entry : table_) {
    if (asked_.insert(entry.key).second) out.push_back(&entry);
  }
  return out;
}

void Section::wrong(std::string_view key, std::string_view what, std::string help) {
  if (misread_.contains(key)) return;
  const Node* node = look(key);
  mistakes_.add(node ? node->line : line_, full(key), fmt::format("{}: {}", full(key), what), std::move(help));
}

void Section::warn(std::string_view key, std::string_view what, std::string help) {
  const Node* node = look(key);
  mistakes_.warn(node ? node->line : line_, full(key), fmt::format("{}: {}", full(key), what), std::move(help));
}

void Section::note_secret(std::string_view key, const std::filesystem::path& file) {
  const Node* node = look(key);
  mistakes_.note_secret(node ? node->line : line_, full(key), file);
}

std::string Section::misplaced(std::string_view key) const {
  if (name_.empty() || !mistakes_.is_top(key)) return "";
  return fmt::format("put it before the first [table] of the file: here it belongs to [{}]", name_);
}

void Section::finish(const std::string& help) {
  for (const Entry& entry : table_) {
    if (asked_.contains(entry.key)) continue;
    std::string cure = misplaced(entry.key);
    const auto guess = cure.empty() ? closest(entry.key, asked_) : std::nullopt;
    const std::string meant = guess ? fmt::format(", did you mean '{}'?", full(*guess)) : "";
    if (!guess && cure.empty()) cure = help;
    mistakes_.add(entry.line, full(entry.key), fmt::format("unknown key '{}'{}", full(entry.key), meant),
                  std::move(cure));
  }
}

void Section::wrong_kind(std::string_view key, const Node& node, std::string_view expected) {
  misread_.emplace(key);
  mistakes_.add(node.line, full(key), fmt::format("{} must be {}, not {}", full(key), expected, node.kind()),
                misplaced(key));
}

void Section::wrong_text(int line, std::string_view key, std::string_view text, std::string_view what) {
  mistakes_.add(line, full(key), fmt::format("{}: '{}' {}", full(key), text, what));
}

std::vector<std::pair<std::string, int>> Section::texts(std::string_view key) {
  const Node* node = find(key);
  if (const auto* text = node->as<std::string>()) return {{*text, node->line}};
  const auto* list = node->as<Node::Array>();
  if (!list) {
    wrong_kind(key, *node, "a list of texts");
    return {};
  }
  std::vector<std::pair<std::string, int>> out;
  for (const Node& item : *list) {
    if (const auto* text = item.as<std::string>()) {
      out.emplace_back(*text, item.line);
    } else {
      wrong_kind(key, item, "a list of texts");
    }
  }
  return out;
}

std::optional<Duration> parse_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    Duration length;
  };
  static constexpr std::array<Unit, 6> units = {
      {{"ms", 1ms}, {"min", 1min}, {"d", std::chrono::days{1}}, {"h", 1h}, {"m", 1min}, {"s", 1s}}};  // "ms" before "m"
  constexpr std::int64_t most = 1'000'000'000;  // Of any unit: a sum cannot overflow for the few parts a person writes.

  if (text == "never") return Duration{0};
  if (text.empty() || text.size() > 32) return std::nullopt;
  Duration total{0};
  while (!text.empty()) {
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || count < 0 || count > most) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const auto unit = std::ranges::find_if(units, [&](const Unit& u) { return text.starts_with(u.name); });
    if (unit == units.end()) return std::nullopt;
    if (count > std::chrono::years{20} / unit->length) return std::nullopt;
    total += count * unit->length;
    text.remove_prefix(unit->name.size());
  }
  return total;
}

namespace {

// Levenshtein's: how many letters to put in, take out or change.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

std::optional<std::string> closest(std::string_view word, const std::set<std::string, std::less<>>& candidates) {
  std::optional<std::string> best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t d = distance(word, candidate);
    if (d < best_distance && d < candidate.size()) {
      best = candidate;
      best_distance = d;
    }
  }
  return best;
}

}  // namespace agilevpn::control::config
