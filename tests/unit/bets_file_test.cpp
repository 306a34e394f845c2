#include "agency_client/bets_file.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "network/event.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

using Strings = std::vector<std::string>;

const std::string ana = "Ana María,D'Elia,30904465,1999-03-17,7574";
const std::string luz = "Luz,Paz,24807259,2001-02-03,0";

class BetsFileTest : public testing::Test {
 protected:
  BetsFile file(std::string_view content) { return BetsFile(folder_.write("bets.csv", content)); }

  BetsFileCheck check(std::string_view content, std::size_t first_bad_rows_max = 10) {
    return file(content).check(first_bad_rows_max);
  }

  /// The error for a file with this row only; empty if the row is a valid bet.
  std::string problem(std::string_view content) {
    const BetsFileCheck found = check(content);
    if (found.invalid_rows == 0) return {};
    EXPECT_EQ(found.books.bets, 0);
    EXPECT_EQ(found.first_invalid_rows.size(), 1U);
    EXPECT_EQ(found.first_invalid_rows.at(0).line, 1);
    return found.first_invalid_rows.at(0).reason;
  }

  static Strings rest(BetsFile& file) {
    Strings bets;
    while (const auto bet = file.next_bet()) bets.emplace_back(*bet);
    return bets;
  }

  std::filesystem::path path() const { return folder_ / "bets.csv"; }

  TemporaryFolder folder_;
};

/// The error when the file is opened and checked; empty if there is none.
std::string refusal(const std::filesystem::path& path) {
  try {
    BetsFile(path).check(1);
    return {};
  } catch (const BetsFileError& error) {
    return error.what();
  }
}

TEST_F(BetsFileTest, IsReadRowByRow) {
  BetsFile bets = file(ana + "\n" + luz + "\n");
  EXPECT_EQ(rest(bets), (Strings{ana, luz}));
  EXPECT_EQ(bets.next_bet(), std::nullopt);
}

TEST_F(BetsFileTest, MayEndItsRowsWithCrLf) {
  BetsFile bets = file(ana + "\r\n" + luz + "\r\n");
  EXPECT_EQ(rest(bets), (Strings{ana, luz}));
}

TEST_F(BetsFileTest, MayEndItsRowsInBothWays) {
  BetsFile bets = file(ana + "\r\n" + luz + "\n" + ana + "\r\n");
  EXPECT_EQ(rest(bets), (Strings{ana, luz, ana}));
}

TEST_F(BetsFileTest, IsRefusedIfItsLastRowHasNoEnd) {
  for (const std::string end : {"\n", "\r\n"}) {
    const BetsFileCheck found = check(ana + end + luz);
    EXPECT_EQ(found.books.bets, 1);
    ASSERT_EQ(found.first_invalid_rows.size(), 1U);
    EXPECT_EQ(found.first_invalid_rows[0].line, 2);
    EXPECT_EQ(found.first_invalid_rows[0].reason,
              "has no line end, so the file may have been cut off: '" + luz +
                  "'; if the row is complete, add a line end (echo >>FILE)");
  }
  EXPECT_TRUE(problem("Ana,Elia,1,1999").ends_with("; it is the last row and has no line end"));
}

TEST_F(BetsFileTest, OfNoBytesHasNoRows) {
  BetsFile bets = file("");
  const BetsFileCheck found = bets.check(10);
  EXPECT_EQ(found.books.bets, 0);
  EXPECT_EQ(found.invalid_rows, 0);
  EXPECT_EQ(bets.next_bet(), std::nullopt);
}

TEST_F(BetsFileTest, IsAtItsStartAgainAfterACheck) {
  BetsFile bets = file(ana + "\n" + luz + "\n");
  const BetsFileCheck found = bets.check(10);
  EXPECT_EQ(found.books.bets, 2);
  EXPECT_EQ(found.invalid_rows, 0);
  EXPECT_TRUE(found.first_invalid_rows.empty());
  EXPECT_EQ(rest(bets), (Strings{ana, luz}));
}

TEST_F(BetsFileTest, IsCheckedTheSameASecondTime) {
  BetsFile bets = file(ana + "\nbad\n" + luz + "\n");
  bets.check(10);
  const BetsFileCheck again = bets.check(10);
  EXPECT_EQ(again.books.bets, 2);
  EXPECT_EQ(again.invalid_rows, 1);
  EXPECT_EQ(again.first_invalid_rows.at(0).line, 2);
}

TEST_F(BetsFileTest, CountsAllBadRowsAndKeepsTheFirstWithTheirLines) {
  const std::string content = "bad 1\n" + ana + "\nbad 3\n" + luz + "\nbad 5\nbad 6";
  const BetsFileCheck found = check(content, 2);
  EXPECT_EQ(found.books.bets, 2);
  EXPECT_EQ(found.invalid_rows, 4);
  ASSERT_EQ(found.first_invalid_rows.size(), 2U);
  EXPECT_EQ(found.first_invalid_rows[0].line, 1);
  EXPECT_EQ(found.first_invalid_rows[0].reason, "has 1 field, not 5: 'bad 1'");
  EXPECT_EQ(found.first_invalid_rows[1].line, 3);
  EXPECT_EQ(found.first_invalid_rows[1].reason, "has 1 field, not 5: 'bad 3'");
}

TEST_F(BetsFileTest, MayBeAskedForNoBadRowsButTheirCount) {
  const BetsFileCheck found = check("bad\n", 0);
  EXPECT_EQ(found.invalid_rows, 1);
  EXPECT_TRUE(found.first_invalid_rows.empty());
}

TEST_F(BetsFileTest, RefusesARowWithFourFieldsAndNamesItsLine) {
  const BetsFileCheck found = check(ana + "\n" + "Ana,Elia,30904465,1999-03-17\n" + luz + "\n");
  ASSERT_EQ(found.first_invalid_rows.size(), 1U);
  EXPECT_EQ(found.first_invalid_rows[0].line, 2);
  EXPECT_EQ(found.first_invalid_rows[0].reason,
            "has 4 fields, not 5: 'Ana,Elia,30904465,1999-03-17'");
}

TEST_F(BetsFileTest, DoesNotForgiveABlankLine) {
  for (const std::string end : {"\n", "\r\n"}) {
    const BetsFileCheck found = check(ana + end + end + luz + end);
    EXPECT_EQ(found.books.bets, 2);
    ASSERT_EQ(found.first_invalid_rows.size(), 1U);
    EXPECT_EQ(found.first_invalid_rows[0].line, 2);
    EXPECT_EQ(found.first_invalid_rows[0].reason, "is an empty line");
  }
  EXPECT_EQ(check(ana + "\n\n").invalid_rows, 1);
  EXPECT_EQ(problem("\n"), "is an empty line");
}

TEST_F(BetsFileTest, TrimsAndRepairsNothing) {
  const std::string spaced = "  Ana ,\"Elia\", 1 ,1999-03-17,1";
  BetsFile bets = file(spaced + "\n");
  EXPECT_EQ(rest(bets), (Strings{spaced}));
  EXPECT_TRUE(problem(ana + " \n").starts_with("number "));
  EXPECT_TRUE(problem(ana + "\r\r\n").starts_with("number "));
  EXPECT_TRUE(problem(ana + "\r" + luz + "\n").starts_with("has 9 fields"));
}

TEST_F(BetsFileTest, HasNoHeader) {
  const std::string guess = "; it looks like a header row, which a bets file does not have";
  EXPECT_EQ(problem("first_name,last_name,document,birthdate,number\n"),
            "birthdate 'birthdate' is not a date (YYYY-MM-DD)" + guess);
  EXPECT_TRUE(problem("nombre;apellido;documento;nacimiento;numero\n").ends_with(guess));
  // A header is a first row without digits.
  const BetsFileCheck found = check(ana + "\nnombre,apellido,documento,nacimiento,numero\n");
  EXPECT_EQ(found.first_invalid_rows.at(0).reason.find("header"), std::string::npos);
  EXPECT_EQ(problem("Ana,Elia,1,today,7\n").find("header"), std::string::npos);
}

TEST_F(BetsFileTest, SaysThatFieldsAreSeparatedBySemicolonsOrTabs) {
  EXPECT_EQ(problem("Ana;Elia;1;1999-03-17;1\n"),
            "has 1 field, not 5: 'Ana;Elia;1;1999-03-17;1'; its fields seem to be separated by "
            "semicolons, not by commas");
  EXPECT_TRUE(problem("Ana\tElia\t1\t1999-03-17\t1\n")
                  .ends_with("; its fields seem to be separated by tabs, not by commas"));
  // Within a name they are ordinary characters.
  EXPECT_EQ(problem("Ana;Luz;Eva;Paz;Sol,Elia,1,1999-03-17,1\n"), "");
}

TEST_F(BetsFileTest, SaysThatRowsEndWithCrAlone) {
  const std::string guess = "; it contains a CR without an LF: rows end with LF or CR LF";
  EXPECT_TRUE(problem(ana + "\r" + luz + "\n").ends_with(guess));
  std::string many;
  for (int i = 0; i < 1000; ++i) many += luz + "\r";
  EXPECT_TRUE(problem(many).ends_with(guess));
}

TEST_F(BetsFileTest, CountsRowsThatASpreadsheetSeemsToHaveSpoiledAndTakesThem) {
  const BetsFileCheck found = check(ana + "\nAna,Elia,3.09E+07,1999-03-17,1\n" +
                                    "Ana,#N/A,1,1999-03-17,1\nAna,Elia,#REF!,1999-03-17,1\n" +
                                    "Ana,Elia,NULL,1999-03-17,1\nAna,Elia,1E5,1999-03-17,1\n");
  EXPECT_EQ(found.invalid_rows, 0);
  EXPECT_EQ(found.books.bets, 6);
  EXPECT_EQ(found.strange_rows, 5);
  ASSERT_TRUE(found.first_strange_row);
  EXPECT_EQ(found.first_strange_row->line, 2);
  EXPECT_EQ(found.first_strange_row->reason,
            "document '3.09E+07' looks like a number that a spreadsheet has rounded");
}

TEST_F(BetsFileTest, CountsRowsWithQuotedFieldsAndTakesThem) {
  const BetsFileCheck found = check("\"Ana\",Elia,1,1999-03-17,1\nAna,Elia,\"1\",1999-03-17,1\n");
  EXPECT_EQ(found.books.bets, 2);
  EXPECT_EQ(found.strange_rows, 2);
  ASSERT_TRUE(found.first_strange_row);
  EXPECT_EQ(found.first_strange_row->reason,
            "first_name '\"Ana\"' looks like a quoted field, but the quotes are part of its value");
  EXPECT_TRUE(
      problem("\"Ana\",\"Elia\",\"1\",\"1999-03-17\",\"1\"\n")
          .ends_with(
              "; its fields seem to be quoted, but a bets file has no quoting: remove the quotes"));
}

TEST_F(BetsFileTest, FindsNothingStrangeInDocumentsAndNamesOfPeople) {
  const BetsFileCheck found =
      check(ana + "\nNull,None,AB123E,1999-03-17,1\nNa,E,12E,1999-03-17,1\n" +
            "Ana,Elia,30.904.465,1999-03-17,1\nAna,# 3,E7,1999-03-17,1\n");
  EXPECT_EQ(found.books.bets, 5);
  EXPECT_EQ(found.strange_rows, 0);
}

TEST_F(BetsFileTest, IsUtf8) {
  EXPECT_EQ(problem("Mar\xED\x61,Elia,1,1999-03-17,1\n"),
            "is not UTF-8: 'Mar\\xEDa,Elia,1,1999-03-17,1'; it seems to be in "
            "ISO-8859-1 (Latin-1): 'iconv -f ISO-8859-1 -t UTF-8' converts it");
  EXPECT_TRUE(
      problem("\x93" + luz + "\n")
          .ends_with(
              "; it seems to be in Windows-1252: 'iconv -f Windows-1252 -t UTF-8' converts it"));
  // This file is UTF-8, but its last byte is missing.
  EXPECT_EQ(problem("María,Pe\xC3,1,1999-03-17,1\n").find("seems"), std::string::npos);
}

TEST_F(BetsFileTest, IsNotUtf16OrUtf32) {
  const auto padded = [](std::string_view text, std::size_t zeros, bool is_big_endian) {
    std::string wide;
    for (const char character : text) {
      if (is_big_endian) wide.append(zeros, '\0');
      wide += character;
      if (!is_big_endian) wide.append(zeros, '\0');
    }
    return wide;
  };
  const auto utf_16 = [&](std::string_view text, bool big) { return padded(text, 1, big); };
  const auto utf_32 = [&](std::string_view text, bool big) { return padded(text, 3, big); };
  const std::string rows = ana.substr(0, 3) + ",Elia,1,1999-03-17,1\r\nLuz,Paz,1,1999-03-17,1\r\n";
  const std::string converted = "), not in UTF-8: 'iconv -f ";
  const auto wrong_encoding = [&](const std::string& content) {
    const BetsFileCheck found = check(content);
    EXPECT_EQ(found.is_good(), found.wrong_encoding.empty());
    return found.wrong_encoding;
  };
  EXPECT_EQ(wrong_encoding("\xFF\xFE" + utf_16(rows, false)),
            "is in UTF-16 (little-endian, with a byte order mark" + converted +
                "UTF-16 -t UTF-8' converts it");
  EXPECT_EQ(wrong_encoding("\xFE\xFF" + utf_16(rows, true)),
            "is in UTF-16 (big-endian, with a byte order mark" + converted +
                "UTF-16 -t UTF-8' converts it");
  EXPECT_EQ(wrong_encoding(std::string("\xFF\xFE\0\0", 4) + utf_32(rows, false)),
            "is in UTF-32 (little-endian, with a byte order mark" + converted +
                "UTF-32 -t UTF-8' converts it");
  EXPECT_EQ(wrong_encoding(std::string("\0\0\xFE\xFF", 4) + utf_32(rows, true)),
            "is in UTF-32 (big-endian, with a byte order mark" + converted +
                "UTF-32 -t UTF-8' converts it");
  EXPECT_EQ(wrong_encoding(utf_32(rows, false)), "is in UTF-32LE (without a byte order mark" +
                                                     converted + "UTF-32LE -t UTF-8' converts it");
  EXPECT_EQ(wrong_encoding(utf_32(rows, true)), "is in UTF-32BE (without a byte order mark" +
                                                    converted + "UTF-32BE -t UTF-8' converts it");
  EXPECT_EQ(wrong_encoding(utf_16(rows, false)), "is in UTF-16LE (without a byte order mark" +
                                                     converted + "UTF-16LE -t UTF-8' converts it");
  EXPECT_EQ(wrong_encoding(utf_16(rows, true)), "is in UTF-16BE (without a byte order mark" +
                                                    converted + "UTF-16BE -t UTF-8' converts it");
  EXPECT_EQ(wrong_encoding(rows), "");
}

TEST_F(BetsFileTest, BeginsWithNoByteOrderMark) {
  const std::string mark = "\xEF\xBB\xBF";
  EXPECT_TRUE(problem(mark + ana + "\n").starts_with("begins with a byte order mark"));
  // Anywhere else it is an ordinary character.
  EXPECT_EQ(check(ana + "\n" + mark + ana + "\n").books.bets, 2);
}

TEST_F(BetsFileTest, RefusesALineThatIsLongerThanAnyBetAndShowsItsBeginning) {
  const std::string longest_bet = std::string(100, 'x') + "," + std::string(100, 'x') + "," +
                                  std::string(32, 'x') + ",1999-03-17,2147483647";
  EXPECT_EQ(problem(longest_bet + "\r\n"), "");
  for (const std::size_t bytes : {1025UL, 5'000'000UL}) {
    const std::string reason = problem(std::string(bytes, 'x') + "\n");
    EXPECT_TRUE(reason.starts_with("is longer than 1024 bytes: 'xxxxxxxx")) << bytes;
    EXPECT_LT(reason.size(), 100U);
  }
}

TEST_F(BetsFileTest, GoesOnBehindALineThatIsTooLong) {
  const BetsFileCheck found = check(std::string(10'000, 'x') + "\n" + ana + "\nbad\n");
  EXPECT_EQ(found.books.bets, 1);
  ASSERT_EQ(found.first_invalid_rows.size(), 2U);
  EXPECT_EQ(found.first_invalid_rows[0].line, 1);
  EXPECT_EQ(found.first_invalid_rows[1].line, 3);
}

TEST_F(BetsFileTest, MayBeLargerThanItsBuffers) {
  std::string content;
  Strings expected;
  for (int i = 0; i < 5000; ++i) {
    expected.push_back("Ana,Elia," + std::to_string(i) + ",1999-03-17," + std::to_string(i));
    content.append(expected.back()).append(i % 2 == 0 ? "\n" : "\r\n");
  }
  BetsFile bets = file(content);
  EXPECT_EQ(bets.check(1).books.bets, 5000);
  EXPECT_EQ(rest(bets), expected);
}

TEST_F(BetsFileTest, IsRefusedWhereARowIsNoBetAnyMoreAfterTheCheck) {
  BetsFile bets = file(ana + "\n" + luz + "\n");
  ASSERT_EQ(bets.check(1).invalid_rows, 0);
  folder_.write("bets.csv", ana + "\nLuz,Paz,24807259,2001-02-30,0\n");
  EXPECT_EQ(bets.next_bet(), ana);
  try {
    bets.next_bet();
    FAIL() << "a row that is no bet was handed out";
  } catch (const BetsFileError& error) {
    EXPECT_EQ(std::string(error.what()),
              "the bets file " + path().string() +
                  " changed while it was being sent: line 2 birthdate '2001-02-30' is not a date "
                  "(YYYY-MM-DD)");
  }
}

TEST_F(BetsFileTest, MayBeTouchedAfterTheCheck) {
  BetsFile bets = file(ana + "\n" + luz + "\n");
  ASSERT_EQ(bets.check(1).invalid_rows, 0);
  std::filesystem::last_write_time(
      path(), std::filesystem::file_time_type::clock::now() + std::chrono::seconds(1));
  EXPECT_EQ(rest(bets), (Strings{ana, luz}));
}

TEST_F(BetsFileTest, ThatIsNotThereIsRefused) {
  EXPECT_EQ(refusal(path()),
            "the bets file " + path().string() + " can't be read: No such file or directory");
}

TEST_F(BetsFileTest, ThatIsAFolderIsRefused) {
  EXPECT_EQ(refusal(folder_.path()),
            "the bets file " + folder_.path().string() + " is not a regular file");
}

TEST_F(BetsFileTest, ThatIsADeviceIsRefused) {
  EXPECT_EQ(refusal("/dev/null"), "the bets file /dev/null is not a regular file");
}

TEST_F(BetsFileTest, WhoseReadingFailsIsRefused) {
  // It can be opened like a regular file, but not mapped from its start.
  const std::string problem = refusal("/proc/self/mem");
  EXPECT_TRUE(problem.starts_with("the bets file /proc/self/mem can't be read: ")) << problem;
  EXPECT_TRUE(problem.ends_with("Input/output error")) << problem;
}

TEST_F(BetsFileTest, KnowsItsPath) { EXPECT_EQ(file("").path(), path()); }

TEST_F(BetsFileTest, IsNotReadOnOnceItsReaderIsToStop) {
  Event stop;
  BetsFile bets(folder_.write("bets.csv", ana + "\n" + luz + "\n"),
                Interruption(stop.descriptor()));
  EXPECT_EQ(bets.check(1).books.bets, 2);
  EXPECT_EQ(bets.next_bet(), ana);
  bets.rewind();
  stop.happen();
  EXPECT_THROW(bets.check(1), Interrupted);
  EXPECT_THROW(bets.next_bet(), Interrupted);
}

}  // namespace
}  // namespace lottery::test
