#include "agency_client/whole_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <iterator>
#include <string>

#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

std::string refusal(const std::filesystem::path& path, std::string_view content = "new\n") {
  try {
    write_whole_file(path, content);
    return {};
  } catch (const WholeFileError& error) {
    return error.what();
  }
}

std::ptrdiff_t files_in(const std::filesystem::path& folder) {
  return std::distance(std::filesystem::directory_iterator(folder),
                       std::filesystem::directory_iterator());
}

TEST(WholeFile, IsWrittenAndReplacesTheOneBefore) {
  const TemporaryFolder folder;
  write_whole_file(folder / "file", "first\n");
  EXPECT_EQ(read_file(folder / "file"), "first\n");
  const std::string long_content(1'000'000, 'x');
  write_whole_file(folder / "file", long_content);
  EXPECT_EQ(read_file(folder / "file"), long_content);
  EXPECT_EQ(files_in(folder.path()), 1);
}

TEST(WholeFile, MayBeReadByItsGroupAndByNobodyElse) {
  const TemporaryFolder folder;
  const mode_t umask_before = ::umask(0);
  write_whole_file(folder / "open", "");
  ::umask(0077);
  write_whole_file(folder / "closed", "");
  ::umask(umask_before);
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(folder / "open").permissions(),
            perms::owner_read | perms::owner_write | perms::group_read);
  EXPECT_EQ(std::filesystem::status(folder / "closed").permissions(),
            perms::owner_read | perms::owner_write);
}

TEST(WholeFile, IsNeverMoreOpenThanTheOneBefore) {
  const TemporaryFolder folder;
  using std::filesystem::perms;
  const auto closed = perms::owner_read | perms::owner_write;
  const auto path = folder.write("file", "before");
  std::filesystem::permissions(path, closed);
  const mode_t umask_before = ::umask(0);
  write_whole_file(path, "new");
  ::umask(umask_before);
  EXPECT_EQ(std::filesystem::status(path).permissions(), closed);
  EXPECT_EQ(read_file(path), "new");
}

TEST(WholeFile, IsNotWrittenInThePlaceOfALinkToADeviceOrAPipe) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  for (const std::filesystem::path& points_to :
       {std::filesystem::path("/dev/null"), folder / "fifo", folder.path()}) {
    std::filesystem::create_symlink(points_to, folder / "link");
    EXPECT_NE(refusal(folder / "link").find("it is a link to something that is not a regular file"),
              std::string::npos);
    EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
    std::filesystem::remove(folder / "link");
  }
}

TEST(WholeFile, ReplacesALinkAndLeavesAloneWhatItPointsTo) {
  const TemporaryFolder folder;
  const auto target = folder.write("target", "precious");
  for (const auto& points_to : {target, folder / "nothing"}) {
    std::filesystem::create_symlink(points_to, folder / "link");
    write_whole_file(folder / "link", "new");
    EXPECT_FALSE(std::filesystem::is_symlink(folder / "link"));
    EXPECT_EQ(read_file(folder / "link"), "new");
    EXPECT_EQ(read_file(target), "precious");
    EXPECT_FALSE(std::filesystem::exists(folder / "nothing"));
    std::filesystem::remove(folder / "link");
  }
  std::filesystem::create_hard_link(target, folder / "link");
  write_whole_file(folder / "link", "new");
  EXPECT_EQ(read_file(target), "precious");
}

TEST(WholeFile, IsNotWrittenInThePlaceOfWhatIsNoFile) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "folder");
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  for (const char* name : {"folder", "pipe"}) {
    const std::string path = (folder / name).string();
    EXPECT_EQ(refusal(path), "the file " + path + " can't be written: it is not a regular file");
  }
  EXPECT_TRUE(std::filesystem::is_fifo(folder / "pipe"));
  EXPECT_NE(refusal("/dev/null").find("it is not a regular file"), std::string::npos);
  EXPECT_EQ(refusal(""), "the file  can't be written: this is not the path of a file");
  EXPECT_NE(refusal((folder / "folder").string() + "/").find("not the path"), std::string::npos);
  EXPECT_EQ(files_in(folder.path()), 2);
}

TEST(WholeFile, IsNotWrittenIntoAFolderThatIsNotThere) {
  const TemporaryFolder folder;
  const std::string path = (folder / "none" / "file").string();
  EXPECT_EQ(refusal(path), "the file " + path + " can't be written: No such file or directory");
}

TEST(WholeFile, StaysAsItWasIfItCanNotBeWrittenWhole) {
  const TemporaryFolder folder;
  const auto path = folder.write("file", "first\n");
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{.rlim_cur = 10, .rlim_max = before.rlim_max};
  auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string said = refusal(path, "longer than ten bytes");
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(said, "the file " + path.string() + " can't be written: File too large");
  EXPECT_EQ(read_file(path), "first\n");
  EXPECT_EQ(files_in(folder.path()), 1);
}

TEST(WholeFile, MayBeInTheCurrentFolder) {
  const TemporaryFolder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  write_whole_file("file", "here");
  std::filesystem::current_path(before);
  EXPECT_EQ(read_file(folder / "file"), "here");
}

}  // namespace
}  // namespace lottery::test
