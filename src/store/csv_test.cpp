#include "store/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/limits.h"

namespace agilevpn::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// "1:a|b" for each row, "!2:what" for each error.
std::vector<std::string> read(std::string_view text) {
  CsvReader reader(text);
  std::vector<std::string> out;
  for (;;) {
    const auto row = reader.next();
    if (!row) {
      out.push_back("!" + std::to_string(row.error().line) + ":" + row.error().what);
    } else if (!*row) {
      return out;
    } else {
      std::string line = std::to_string((*row)->line) + ":";
      for (const std::string& field : (*row)->fields) line += field + "|";
      line.pop_back();
      out.push_back(line);
    }
  }
}

TEST(Csv, WhatIsNotUtf8IsSaidOfItsLineAndTheNextIsRead) {
  EXPECT_THAT(read("user\nJ\xfcrgen,x\nJ\xc3\xbcrgen,x\n"),
              ElementsAre("1:user", "!2:it is not in UTF-8: save the table as \"CSV UTF-8\"", "3:J\xc3\xbcrgen|x"));
}

TEST(Csv, FieldsAndLines) {  // RFC 4180 §2.1, §2.2
  EXPECT_THAT(read("aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n"), ElementsAre("1:aaa|bbb|ccc", "2:zzz|yyy|xxx"));
  EXPECT_THAT(read("aaa,bbb\nzzz,yyy"), ElementsAre("1:aaa|bbb", "2:zzz|yyy"));
  EXPECT_THAT(read("a,,\n,b,"), ElementsAre("1:a||", "2:|b|"));
}

TEST(Csv, QuotedFieldsHoldEverything) {  // RFC 4180 §2.5 to §2.7
  EXPECT_THAT(read("\"aaa\",\"b\r\nbb\",\"c\"\"c,c\"\r\nzzz,\"\",x\r\n"),
              ElementsAre("1:aaa|b\r\nbb|c\"c,c", "3:zzz||x"));
}

TEST(Csv, WhatSpreadsheetsWrite) {
  EXPECT_THAT(read("\xef\xbb\xbfname;note\r\nanna;a,b\r\n"), ElementsAre("1:name|note", "2:anna|a,b"));
  EXPECT_THAT(read("name\tnote\nanna\tx\n"), ElementsAre("1:name|note", "2:anna|x"));
  EXPECT_THAT(read("name\r\n\r\n\nanna\r"), ElementsAre("1:name", "4:anna"));
}

TEST(Csv, NothingIsNoRow) {
  EXPECT_THAT(read(""), IsEmpty());
  EXPECT_THAT(read("\r\n\n"), IsEmpty());
}

TEST(Csv, AnErrorHasItsLineAndTheNextLineIsRead) {
  EXPECT_THAT(read("a,b\nc,\"d\"e\nf,g\n"), ElementsAre("1:a|b", "!2:something follows a closing quote", "3:f|g"));
  EXPECT_THAT(read("a,b\nc,d\"e\nf,g\n"),
              ElementsAre("1:a|b", "!2:a quote within a field that does not begin with one", "3:f|g"));
  EXPECT_THAT(read("a,b\nc,\"d\nf,g\n"), ElementsAre("1:a|b", "!2:a quote is never closed", "3:f|g"));
  EXPECT_THAT(read("a\n\"b\nc\"d\ne\n"), ElementsAre("1:a", "!2:something follows a closing quote",
                                                     "!3:a quote within a field that does not begin with one", "4:e"));
}

TEST(Csv, SizesAreBounded) {
  EXPECT_THAT(read(std::string(limits::csv_field_size_max + 1, 'a') + "\nb"),
              ElementsAre("!1:a field is too long", "2:b"));
  EXPECT_THAT(read(std::string(limits::csv_columns_max, ',') + "\nb"), ElementsAre("!1:more than 64 columns", "2:b"));
}

TEST(Csv, WhatIsWrittenIsReadBack) {
  for (const char* text : {"", "plain", "a,b", "say \"x\"", "two\nlines", "a;b", " a "}) {
    EXPECT_THAT(read("x," + csv_field(text) + "\n"), ElementsAre("1:x|" + std::string(text)));
  }
}

}  // namespace
}  // namespace agilevpn::store
