#include "control/config/section.h"

#include <gtest/gtest.h>

#include "base/address.h"

namespace agilevpn::control::config {
namespace {

// Reads a document with `read` and gives the mistakes, one text each.
std::vector<std::string> mistakes_of(std::string_view text, const std::function<void(Section&)>& read) {
  const auto document = parse_toml(text, "gateway.toml");
  if (!document) return {document.error().what};
  Mistakes mistakes("gateway.toml");
  Section top(*document->as<Node::Table>(), 1, "", mistakes);
  read(top);
  top.finish();
  std::vector<std::string> out;
  for (const Error& error : std::move(mistakes).take()) out.push_back(error.what);
  return out;
}

using Texts = std::vector<std::string>;

TEST(ConfigSection, AnUnknownKeyIsNamedWithItsLineAndTheNearestOne) {
  std::string policy;
  const auto read = [&](Section& top) { top.read("policy", policy); };
  EXPECT_EQ(mistakes_of("\n\npolcy = \"modern\"\n", read),
            Texts{"gateway.toml:3: unknown key 'polcy', did you mean 'policy'?"});
  EXPECT_EQ(mistakes_of("zebra = 1\n", read), Texts{"gateway.toml:1: unknown key 'zebra'"});
  EXPECT_EQ(mistakes_of("policy = \"modern\"\n", read), Texts{});
  EXPECT_EQ(policy, "modern");
}

TEST(ConfigSection, AnUnknownKeyInATableIsNamedWithTheTable) {
  const auto read = [](Section& top) {
    std::string dns;
    auto pool = top.section("pool");
    pool->read("dns", dns);
    pool->finish();
  };
  EXPECT_EQ(mistakes_of("[pool]\n\ndnss = \"x\"\n", read),
            Texts{"gateway.toml:3: unknown key 'pool.dnss', did you mean 'pool.dns'?"});
}

TEST(ConfigSection, AWrongKindIsSaid) {
  bool flag = true;
  std::string text = "old";
  std::uint64_t number = 5;
  std::vector<std::string> list;
  const auto read = [&](Section& top) {
    top.read("flag", flag);
    top.read("text", text);
    top.read("number", number, 1, 10);
    top.read("list", list);
    top.section("table");
  };
  EXPECT_EQ(mistakes_of("flag = 1\ntext = true\nnumber = \"x\"\nlist = [\"a\",\n2]\ntable = 7\n", read),
            (Texts{"gateway.toml:1: flag must be true or false, not a number",
                   "gateway.toml:2: text must be text, not true or false",
                   "gateway.toml:3: number must be a number, not text",
                   "gateway.toml:5: list must be a list of texts, not a number",
                   "gateway.toml:6: table must be a table, not a number"}));
  EXPECT_EQ(text, "old");
  EXPECT_EQ(mistakes_of("number = 11\n", read), Texts{"gateway.toml:1: number: 11 is not from 1 to 10"});
}

TEST(ConfigSection, MistakesAreInTheOrderOfTheLinesAndHaveLineAndKey) {
  const auto document = parse_toml("zebra = 1\nflag = \"x\"\n", "gateway.toml");
  ASSERT_TRUE(document);
  Mistakes mistakes("gateway.toml");
  Section top(*document->as<Node::Table>(), 1, "", mistakes);
  bool flag = false;
  top.read("flag", flag);
  top.finish();
  const auto all = std::move(mistakes).take();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].line, 1);
  EXPECT_EQ(all[0].key, "zebra");
  EXPECT_EQ(all[1].line, 2);
  EXPECT_EQ(all[1].key, "flag");
}

TEST(ConfigSection, OfAValueOfTheWrongKindNothingElseIsSaid) {
  const auto read = [](Section& top) {
    std::string gateway;
    top.read("gateway", gateway);
    if (gateway.empty()) top.wrong("gateway", "is missing");
  };
  EXPECT_EQ(mistakes_of("gateway = 5\n", read), Texts{"gateway.toml:1: gateway must be text, not a number"});
  EXPECT_EQ(mistakes_of("\n", read), Texts{"gateway.toml:1: gateway: is missing"});
}

TEST(ConfigSection, AKeyOfTheWholeFileInATableIsToldWhereItBelongs) {
  const auto document = parse_toml("[pool]\nmasquerade = true\n", "gateway.toml");
  Mistakes mistakes("gateway.toml");
  Section top(*document->as<Node::Table>(), 1, "", mistakes);
  bool masquerade = false;
  top.read("masquerade", masquerade);
  top.section("pool")->finish();
  const auto all = std::move(mistakes).take();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].to_string(),
            "gateway.toml:2: unknown key 'pool.masquerade' (put it before the first [table] of the file: here it "
            "belongs to [pool])");
}

TEST(ConfigSection, AValueThatIsNotWhatItShouldBeIsQuoted) {
  const auto read = [](Section& top) {
    std::vector<IpPrefix> prefixes;
    Duration outage{};
    top.read<IpPrefix>("routes", prefixes, IpPrefix::parse, "an IP prefix");
    top.read("outage", outage);
  };
  EXPECT_EQ(mistakes_of("routes = [\n\"10.0.0.0/8\",\n\"10.0.0.0/33\"]\noutage = \"8 hours\"\n", read),
            (Texts{"gateway.toml:3: routes: '10.0.0.0/33' is not an IP prefix",
                   "gateway.toml:4: outage: '8 hours' is not a duration such as 30m, 8h or never"}));
}

TEST(ConfigSection, ASyntaxErrorHasItsLineAndColumn) {
  const auto found = mistakes_of("name = \"a\"\npool = no\n", [](Section&) {});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0].starts_with("gateway.toml:2:9: ")) << found[0];
}

TEST(ConfigSection, OnAndOffAreTrueAndFalse) {
  bool mobility = true;
  EXPECT_EQ(mistakes_of("mobility = \"off\"\n", [&](Section& top) { top.read("mobility", mobility); }), Texts{});
  EXPECT_FALSE(mobility);
}

TEST(ConfigDuration, IsWrittenAsPeopleWriteIt) {
  EXPECT_EQ(parse_duration("8h"), Duration{8h});
  EXPECT_EQ(parse_duration("1h30m"), Duration{90min});
  EXPECT_EQ(parse_duration("500ms"), Duration{500ms});
  EXPECT_EQ(parse_duration("2min"), Duration{2min});
  EXPECT_EQ(parse_duration("7d"), Duration{168h});
  EXPECT_EQ(parse_duration("never"), Duration{0});
  for (const char* wrong : {"", "8", "h", "-1h", "8x", "99999999999999999999s", "1000000000d", "1h "}) {
    EXPECT_FALSE(parse_duration(wrong)) << wrong;
  }
}

TEST(ConfigSuggestion, OnlyWhatIsCloseIsSuggested) {
  const std::set<std::string, std::less<>> keys = {"certificate", "policy", "pool"};
  EXPECT_EQ(closest("certficate", keys), "certificate");
  EXPECT_EQ(closest("pol", keys), "pool");
  EXPECT_EQ(closest("kill-switch", keys), std::nullopt);
}

}  // namespace
}  // namespace agilevpn::control::config
