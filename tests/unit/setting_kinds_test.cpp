#include "program/setting_kinds.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace lottery::test {
namespace {

/// The error for this text; empty if the kind accepts it.
template <typename Kind>
std::string refusal(const Kind& kind, const std::string& text) {
  try {
    kind.parse(text);
    return {};
  } catch (const BadValue& error) {
    return error.what();
  }
}

TEST(WholeNumber, IsTakenWithinItsRange) {
  for (const int number : {3, 4, 11, 12}) {
    EXPECT_EQ((WholeNumber<>{3, 12}.parse(std::to_string(number))), number);
  }
  EXPECT_EQ((WholeNumber<>{3, 12}.range()), "3 to 12");
}

TEST(WholeNumber, IsRefusedOutsideItsRangeAndInAnyOtherForm) {
  for (const std::string text :
       {"2", "13", "0", "-3", "+3", "", " 3", "3 ", "03", "3.0", "three", "99999999999999999999"}) {
    EXPECT_EQ(refusal(WholeNumber<>{3, 12}, text), "is not a whole number from 3 to 12") << text;
  }
}

TEST(WholeNumber, IsReadAsTheTypeThatHasItsUnit) {
  EXPECT_EQ(WholeNumber<std::chrono::seconds>({1, 60}).parse("60"), std::chrono::minutes(1));
  EXPECT_EQ(WholeNumber<std::size_t>({1, 60}).parse("60"), std::size_t{60});
}

TEST(PortToListenOn, IsANumberAnyOrNone) {
  EXPECT_EQ(PortToListenOn::parse("1"), 1);
  EXPECT_EQ(PortToListenOn::parse("65535"), 65535);
  EXPECT_EQ(PortToListenOn::parse("any"), 0);
  EXPECT_EQ(PortToListenOn::parse("none"), std::nullopt);
}

TEST(PortToListenOn, IsNot0AndTheErrorSaysWhatToWrite) {
  EXPECT_EQ(refusal(PortToListenOn{}, "0"),
            "is not a port: write 'any' for a free port, or 'none' for no port");
}

TEST(PortToListenOn, IsNothingElse) {
  for (const std::string text :
       {"", "65536", "-1", "01", "Any", "NONE", "http", " 1", "tcp://10.0.0.1:12345"}) {
    EXPECT_EQ(refusal(PortToListenOn{}, text), "is not a port from 1 to 65535, any or none")
        << text;
  }
}

TEST(FilePath, IsAnyTextButNone) {
  EXPECT_EQ(FilePath::parse("var/bets.db"), "var/bets.db");
  EXPECT_EQ(FilePath::parse("./~"), "./~");
  EXPECT_EQ(FilePath::parse("a~b"), "a~b");
  EXPECT_EQ(refusal(FilePath{}, ""), "is not the path of a file");
  EXPECT_EQ(OptionalFilePath::parse(""), "");
}

TEST(FilePath, ThatBeginsWithATildeIsRefusedWithWhatAShellDoes) {
  for (const std::string text : {"~", "~/bets.db", "~ana/bets.db"}) {
    EXPECT_EQ(refusal(FilePath{}, text),
              "begins with ~, which only a shell replaces, and only at the start of an unquoted "
              "word: write the whole path, or begin with ./~ if the file's own name begins with ~");
    EXPECT_EQ(refusal(OptionalFilePath{}, text), refusal(FilePath{}, text));
  }
}

TEST(HostAndPort, IsAHostAndAPort) {
  for (const std::string text :
       {"localhost:1", "127.0.0.1:65535", "lottery_service:12345", "[::1]:12345"}) {
    EXPECT_EQ(HostAndPort::parse(text), text);
  }
}

TEST(HostAndPort, HasBoth) {
  for (const std::string text :
       {"", ":", "localhost", "localhost:", ":12345", "localhost:0", "localhost:65536",
        "localhost:+1", "localhost:01", "localhost:http", "localhost: 1"}) {
    EXPECT_EQ(refusal(HostAndPort{}, text),
              "is not of the form host:port, with a port from 1 to 65535")
        << text;
  }
}

TEST(HostAndPort, IsNoUrl) {
  for (const std::string text : {"http://localhost:12345", "http://localhost", "http://"}) {
    EXPECT_EQ(refusal(HostAndPort{}, text), "is not of the form host:port: leave out http://");
  }
}

TEST(HostAndPort, HasBracketsAroundAnIpv6Address) {
  for (const std::string text : {"::1:12345", "::1", "fe80::1:12345", "[::1:12345", "::1]:12345"}) {
    EXPECT_EQ(refusal(HostAndPort{}, text),
              "is not of the form host:port: an IPv6 address is written in brackets, such as "
              "[::1]:12345")
        << text;
  }
}

TEST(HostAndPort, HasNoSpaces) {
  for (const std::string text : {" localhost:1", "a:1 b:2", "a:1\t[::1]:2"}) {
    EXPECT_EQ(refusal(HostAndPort{}, text), "is not of the form host:port: a host has no spaces");
  }
}

using Addresses = std::vector<std::string>;

TEST(HostsAndPorts, AreOneAddressOrSeveralInTheirOrder) {
  EXPECT_EQ(HostsAndPorts::parse("localhost:1"), Addresses{"localhost:1"});
  EXPECT_EQ(HostsAndPorts::parse("b:12345, a:12345 ,[::1]:12345"),
            (Addresses{"b:12345", "a:12345", "[::1]:12345"}));
  EXPECT_EQ(HostsAndPorts::parse(" \ta:1,\ta:2\t "), (Addresses{"a:1", "a:2"}));
}

TEST(HostsAndPorts, OfWhichThereIsOneAreRefusedAsAnAddressIs) {
  for (const std::string text : {"", "localhost", "::1:12345", "http://localhost:1", "a:1 b:2"}) {
    EXPECT_EQ(refusal(HostsAndPorts{}, text), refusal(HostAndPort{}, text)) << text;
  }
}

TEST(HostsAndPorts, AreRefusedWithTheNameOfTheOneThatIsWrong) {
  EXPECT_EQ(refusal(HostsAndPorts{}, "a:1, ::1:2, b:0"),
            "has the address '::1:2', which is not of the form host:port: an IPv6 address is "
            "written in brackets, such as [::1]:12345");
  EXPECT_EQ(refusal(HostsAndPorts{}, "a:1, b"),
            "has the address 'b', which is not of the form host:port, with a port from 1 to 65535");
  EXPECT_EQ(refusal(HostsAndPorts{}, "a:1, b:2 c:3"),
            "has the address 'b:2 c:3', which is not of the form host:port: a host has no spaces");
}

TEST(HostsAndPorts, AreRefusedIfOneIsEmpty) {
  for (const std::string text : {",", "a:1,", ",a:1", "a:1,,b:2", "a:1, ,b:2"}) {
    EXPECT_EQ(refusal(HostsAndPorts{}, text),
              "has an empty address: separate addresses with one comma")
        << text;
  }
}

TEST(HostsAndPorts, AreRefusedIfTwoAreAlike) {
  EXPECT_EQ(refusal(HostsAndPorts{}, "a:1, b:1, a:1"), "has the address 'a:1' twice");
}

TEST(HostsAndPorts, AreRefusedIfThereAreMoreThanTheMost) {
  std::string text = "a:1";
  for (int port = 2; port <= 16; ++port) text += ",a:" + std::to_string(port);
  EXPECT_EQ(HostsAndPorts::parse(text).size(), HostsAndPorts::addresses_max);
  EXPECT_EQ(refusal(HostsAndPorts{}, text + ",a:17"),
            "has 17 addresses, but at most 16 are allowed");
}

TEST(Choice, IsOneOfItsWords) {
  const Choice<int> choice{{{"one", 1}, {"two", 2}, {"three", 3}}};
  EXPECT_EQ(choice.range(), "one, two or three");
  EXPECT_EQ(choice.parse("two"), 2);
  for (const std::string text : {"", "One", "four", "one, two or three"}) {
    EXPECT_EQ(refusal(choice, text), "is not one, two or three");
  }
}

}  // namespace
}  // namespace lottery::test
