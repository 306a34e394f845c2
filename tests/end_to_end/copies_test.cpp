// What lottery_service does with copies of a database (--backup, --restore, --verify, and the copy
// before a migration) if it is killed, if the disk is full, or if nobody reads its output.

#include <SQLiteCpp/Database.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "service/storage/sqlite/migrations.h"
#include "service/storage/sqlite/verification.h"
#include "tests/support/database_files.h"
#include "tests/support/peer.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

using Names = std::set<std::string>;

const std::string ack = "server:0\r\n";
constexpr int bets_of_a_batch = 20;
constexpr unsigned int more_than_0640 = 0777U & ~0640U;

void say_nothing(const std::string& /*line*/) {}

std::string batch_of(const std::string& document) {
  std::string message = "1:4:";
  for (int i = 0; i < bets_of_a_batch; ++i) {
    message += "Ana,D'Elia," + document + ",1999-03-17," + std::to_string(i) + "\n";
  }
  return message + "\r\n";
}

/// A program that a shell starts after `setting`, for example `ulimit -f 100`. `redirection`
/// redirects its standard streams.
class ShellProcess : public Process {
 public:
  ShellProcess(const std::vector<std::string>& arguments, const std::filesystem::path& output,
               const std::string& setting, const std::string& redirection = "",
               const std::map<std::string, std::string>& environment = {})
      : Process(
            "/bin/sh",
            [&] {
              std::vector<std::string> all{
                  "-c", setting + (setting.empty() ? "" : "; ") + "exec \"$@\" " + redirection,
                  "sh", LOTTERY_SERVICE_PROGRAM};
              all.insert(all.end(), arguments.begin(), arguments.end());
              return all;
            }(),
            output, environment) {}
};

std::map<std::string, std::string> killed_at(int step) {
  return {{"LD_PRELOAD", KILLED_AT_STEP_LIBRARY},
          {"KILL_AT_STEP", std::to_string(step)},
          {"ASAN_OPTIONS", "verify_asan_link_order=0"}};
}

/// A folder with the database of a killed service, whose bets have the document `old` and are
/// acknowledged and in the WAL; and a backup of another database, whose bets have the document
/// `new`.
class Copies : public testing::Test {
 protected:
  Copies() {
    std::filesystem::create_directory(seed_);
    {
      ServiceProcess service(outputs_.path(), {"--storage.path=" + (seed_ / "bets.db").string()});
      Peer peer(service.port());
      for (int i = 0; i < 3; ++i) EXPECT_EQ(peer.ask(batch_of("old")), ack);
      service.signal(SIGKILL);
      EXPECT_EQ(service.wait(), -SIGKILL);
    }
    {
      ServiceProcess service(outputs_.path(), {"--storage.path=" + other_.string()});
      EXPECT_EQ(Peer(service.port()).ask(batch_of("new")), ack);
      EXPECT_EQ(service.stop(), 0);
    }
    EXPECT_EQ(run({"--storage.path=" + other_.string(), "--backup=" + backup_.string()}), 0)
        << errors_;
    copy_seed();
  }

  /// Copies the files of the killed service into an empty folder.
  void copy_seed() {
    std::filesystem::remove_all(folder_);
    std::filesystem::copy(seed_, folder_);
  }

  /// Runs lottery_service, keeps its output in output_ and errors_, and returns its exit code.
  int run(const std::vector<std::string>& arguments,
          const std::map<std::string, std::string>& environment = {},
          const std::string& setting = "", const std::string& redirection = "") {
    ShellProcess process(arguments, outputs_ / "process", setting, redirection, environment);
    const int result = process.wait();
    output_ = process.output();
    errors_ = process.errors();
    return result;
  }

  int restore(const std::map<std::string, std::string>& environment = {}) {
    return run({storage_, "--restore=" + backup_.string()}, environment, "umask 0");
  }

  void expect_one_sentence(const std::string& words) {
    EXPECT_TRUE(errors_.starts_with("lottery_service: ")) << errors_;
    EXPECT_EQ(errors_.find('\n'), errors_.size() - 1) << errors_;
    EXPECT_NE(errors_.find(words), std::string::npos) << errors_;
  }

  /// The number of bets with the document `old` in all databases that restores have kept.
  std::int64_t kept_old_bets() const {
    std::int64_t bets = 0;
    for (const std::string& name : names_in(folder_)) {
      const bool is_database = name.find(".before-restore-") != std::string::npos &&
                               !name.ends_with("-wal") && !name.ends_with("-shm");
      if (is_database) bets += bets_with(folder_ / name, "old");
    }
    return bets;
  }

  static constexpr std::int64_t old_bets = std::int64_t{3} * bets_of_a_batch;

  TemporaryFolder outputs_;
  TemporaryFolder all_;
  std::filesystem::path seed_ = all_ / "seed";
  std::filesystem::path other_ = all_ / "other.db";
  std::filesystem::path backup_ = all_ / "backup.db";
  std::filesystem::path folder_ = all_ / "folder";
  std::filesystem::path database_ = folder_ / "bets.db";
  std::string storage_ = "--storage.path=" + database_.string();
  std::string output_;
  std::string errors_;
};

TEST_F(Copies, ARestoreSaysWhatItRestoredAndWhereTheOldFilesAre) {
  EXPECT_EQ(restore(), 0) << errors_;
  EXPECT_NE(output_.find("restored " + database_.string() + ": 1 draw, 20 bets\n"),
            std::string::npos)
      << output_;
  EXPECT_NE(output_.find("kept what was there before: " + database_.string() + ".before-restore-"),
            std::string::npos)
      << output_;
  EXPECT_EQ(kept_old_bets(), old_bets);
  ServiceProcess service(folder_);
  EXPECT_EQ(Peer(service.port()).ask(batch_of("newer")), ack);
  EXPECT_EQ(service.stop(), 0);
  EXPECT_TRUE(verify_database(database_, say_nothing));
}

TEST_F(Copies, ARestoreReadsStandardInput) {
  EXPECT_EQ(run({storage_, "--restore=-"}, {}, "", "< " + backup_.string()), 0) << errors_;
  EXPECT_EQ(bets_with(database_, "new"), bets_of_a_batch);
  EXPECT_EQ(kept_old_bets(), old_bets);
}

TEST_F(Copies, ARestoreOfHalfABackupChangesNothing) {
  const auto before = names_in(folder_);
  EXPECT_EQ(run({storage_, "--restore=-"}, {},
                "head -c 9000 " + backup_.string() + " > " + (all_ / "half").string(),
                "< " + (all_ / "half").string()),
            1);
  expect_one_sentence("the database on standard input");
  EXPECT_EQ(names_in(folder_), before);
}

TEST_F(Copies, ARestoreIsRefusedWhileAServiceRuns) {
  ServiceProcess service(outputs_.path(), {storage_});
  Peer peer(service.port());
  EXPECT_EQ(restore(), 1);
  expect_one_sentence("is locked by another lottery_service");
  EXPECT_EQ(peer.ask(batch_of("old")), ack);
}

TEST_F(Copies, ARestoreIsRefusedWhileAShellHasTheDatabaseOpen) {
  SQLite::Database shell(database_.string(), SQLite::OPEN_READWRITE);
  shell.execAndGet("SELECT count(*) FROM bets");
  const auto before = names_in(folder_);
  EXPECT_EQ(restore(), 1);
  expect_one_sentence("is open in another program");
  EXPECT_EQ(names_in(folder_), before);
}

TEST_F(Copies, ARestoreOntoAFullDiskChangesNothing) {
  const auto before = names_in(folder_);
  EXPECT_EQ(run({storage_, "--restore=" + backup_.string()}, {}, "ulimit -f 16"), 1);
  expect_one_sentence("can't be written: File too large");
  EXPECT_EQ(names_in(folder_), before);
}

TEST_F(Copies, ARestoreThatIsKilledAtAnyStepLosesNothing) {
  int refusals = 0;
  for (int step = 1;; ++step) {
    SCOPED_TRACE(step);
    copy_seed();
    const int result = restore(killed_at(step));
    EXPECT_EQ(modes_in(folder_) & more_than_0640 & ~0004U, 0U);
    if (result == 0) {
      EXPECT_GE(step, 8);
      break;
    }
    ASSERT_EQ(result, -SIGKILL) << errors_;
    // A shell that opens the database now deletes a WAL that has no database beside it.
    const bool has_wal = std::filesystem::exists(database_.string() + "-wal");
    EXPECT_TRUE(std::filesystem::exists(database_) || !has_wal);

    ServiceProcess service(outputs_.path(), {storage_});
    bool has_started = true;
    try {
      service.port();
    } catch (const std::runtime_error&) {
      has_started = false;
    }
    if (has_started) {
      EXPECT_EQ(service.stop(), 0);
      const bool is_new = bets_with(database_, "new") == bets_of_a_batch;
      EXPECT_EQ(is_new ? kept_old_bets() : bets_with(database_, "old"), old_bets);
    } else {
      ++refusals;
      EXPECT_EQ(service.wait(), 1);
      EXPECT_NE(service.errors().find("is being restored: "), std::string::npos)
          << service.errors();
      EXPECT_NE(service.errors().find("run lottery_service --restore=FILE"), std::string::npos);
      EXPECT_EQ(run({storage_, "--verify"}), 1);
      expect_one_sentence("is being restored: ");
    }
    EXPECT_EQ(restore(), 0) << errors_;
    EXPECT_EQ(kept_old_bets(), old_bets);
    EXPECT_EQ(bets_with(database_, "new"), bets_of_a_batch);
    EXPECT_TRUE(verify_database(database_, say_nothing));
    for (const std::string& name : names_in(folder_)) {
      EXPECT_EQ(name.find("unfinished"), std::string::npos) << name;
      EXPECT_EQ(name.find("restoring"), std::string::npos) << name;
    }
  }
  EXPECT_GE(refusals, 3);
}

TEST_F(Copies, ABackupThatFailsVerificationIsKeptAndSaysSo) {
  SQLite::Database(other_.string(), SQLite::OPEN_READWRITE)
      .exec("DELETE FROM bets WHERE bet_id = 3");
  const auto copy = all_ / "copy.db";
  EXPECT_EQ(run({"--storage.path=" + other_.string(), "--backup=" + copy.string()}), 1);
  expect_one_sentence("the copy failed verification, and is kept as " + copy.string() +
                      ".failed-verification\n");
  EXPECT_NE(output_.find("but has 19"), std::string::npos) << output_;
  EXPECT_EQ(bets_with(copy.string() + ".failed-verification", "new"), bets_of_a_batch - 1);
  EXPECT_FALSE(std::filesystem::exists(copy));
}

TEST_F(Copies, ABackupIsNeverMoreOpenThanItsDatabaseEvenWhileItIsMade) {
  std::filesystem::permissions(other_, std::filesystem::perms(0640));
  std::filesystem::create_directory(all_ / "copies");
  Names endings;
  for (int step = 1;; ++step) {
    const auto copy = all_ / "copies" / std::to_string(step);
    const int result = run({"--storage.path=" + other_.string(), "--backup=" + copy.string()},
                           killed_at(step), "umask 0");
    for (const std::string& name : names_in(all_ / "copies")) {
      endings.insert(name.substr(name.find_last_of('-') + 1));
    }
    if (result == 0) break;
    ASSERT_EQ(result, -SIGKILL);
  }
  EXPECT_TRUE(endings.contains("journal"));
  EXPECT_EQ(modes_in(all_ / "copies") & more_than_0640, 0U);
}

TEST_F(Copies, ABackupIsStreamedToStandardOutput) {
  const auto names = names_in(all_.path());
  const std::vector<std::string> arguments{"--storage.path=" + other_.string(), "--backup=-"};
  EXPECT_EQ(run(arguments), 0) << errors_;
  EXPECT_TRUE(errors_.ends_with("all is right\n")) << errors_;
  const auto streamed = outputs_.write("streamed.db", output_);
  EXPECT_TRUE(verify_database(streamed, say_nothing));
  EXPECT_EQ(bets_with(streamed, "new"), bets_of_a_batch);
  EXPECT_EQ(names_in(all_.path()), names);

  SQLite::Database(other_.string(), SQLite::OPEN_READWRITE)
      .exec("DELETE FROM bets WHERE bet_id = 3");
  EXPECT_EQ(run(arguments), 1);
  EXPECT_TRUE(errors_.ends_with("the copy was written, but failed verification\n")) << errors_;
  EXPECT_EQ(bets_with(outputs_.write("streamed.db", output_), "new"), bets_of_a_batch - 1);
}

TEST_F(Copies, ABackupThatCanNotBeWrittenToStandardOutputIsAnError) {
  const auto names = names_in(all_.path());
  const std::vector<std::string> arguments{"--storage.path=" + other_.string(), "--backup=-"};
  EXPECT_EQ(run(arguments, {}, "", "> /dev/full"), 1);
  EXPECT_TRUE(errors_.ends_with("standard output can't be written: No space left on device\n"))
      << errors_;
  EXPECT_EQ(names_in(all_.path()), names);
}

TEST_F(Copies, AVerificationThatCanNotSayWhatItFoundIsAnError) {
  EXPECT_EQ(run({"--storage.path=" + other_.string(), "--verify"}, {}, "", "> /dev/full"), 1);
  expect_one_sentence("can't be written");
}

TEST_F(Copies, AVerificationThatFindsAProblemSaysSoInASentence) {
  SQLite::Database(other_.string(), SQLite::OPEN_READWRITE)
      .exec("DELETE FROM bets WHERE bet_id = 3");
  EXPECT_EQ(run({"--storage.path=" + other_.string(), "--verify"}), 1);
  expect_one_sentence("the database " + other_.string() + " is not right");
  EXPECT_TRUE(output_.ends_with(" problems found\n")) << output_;
}

TEST_F(Copies, ASignalEndsAVerificationAtOnce) {
  {
    SQLite::Database database(other_.string(), SQLite::OPEN_READWRITE);
    for (int i = 0; i < 200; ++i) database.exec("CREATE TABLE t" + std::to_string(i) + " (a)");
  }
  // Its output is longer than this pipe can hold, so it has not ended when the signal comes.
  const auto pipe = outputs_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_GE(reader, 0);
  ASSERT_EQ(::fcntl(reader, F_SETPIPE_SZ, 4096), 4096);
  Process verification(LOTTERY_SERVICE_PROGRAM, {"--storage.path=" + other_.string(), "--verify"},
                       pipe);
  char first = 0;
  while (::read(reader, &first, 1) <= 0) ASSERT_TRUE(verification.is_running());
  verification.signal(SIGTERM);
  EXPECT_EQ(verification.wait(), -SIGTERM);
  ::close(reader);
}

TEST_F(Copies, TheTasksExcludeEachOther) {
  EXPECT_EQ(run({storage_, "--verify", "--restore=" + backup_.string()}), 1);
  EXPECT_NE(errors_.find("--help"), std::string::npos) << errors_;
}

class Migration : public testing::Test {
 protected:
  static std::int32_t newest() { return migrations().back().version; }

  std::int32_t version_of(const std::string& name) const {
    return SQLite::Database((folder_ / name).string(), SQLite::OPEN_READWRITE)
        .execAndGet("PRAGMA user_version")
        .getInt();
  }

  TemporaryFolder outputs_;
  TemporaryFolder folder_;
  std::string storage_ = "--storage.path=" + (folder_ / "bets.db").string();
  std::string copy_ = "bets.db.before-version-" + std::to_string(newest());
};

TEST_F(Migration, ThatIsKilledAtAnyStepHasItsCopyBeforeItChangesAnything) {
  bool has_started = false;
  bool was_killed_between = false;
  for (int step = 1; !has_started; ++step) {
    SCOPED_TRACE(step);
    std::filesystem::remove_all(folder_.path());
    std::filesystem::create_directory(folder_.path());
    make_old_database(folder_ / "bets.db", 1);
    {
      ServiceProcess service(outputs_.path(), {storage_}, killed_at(step));
      try {
        service.port();
        has_started = true;
      } catch (const std::runtime_error&) {
        ASSERT_EQ(service.wait(), -SIGKILL) << service.errors();
      }
    }
    const bool has_copy = names_in(folder_.path()).contains(copy_);
    if (has_copy) {
      EXPECT_EQ(version_of(copy_), 1);
      EXPECT_EQ(bets_with(folder_ / copy_, "a"), 1);
    }
    if (version_of("bets.db") != 1) {
      EXPECT_TRUE(has_copy);
    } else if (has_copy) {
      was_killed_between = true;
    }
    ServiceProcess service(outputs_.path(), {storage_});
    service.port();
    EXPECT_EQ(service.stop(), 0);
    EXPECT_EQ(version_of("bets.db"), newest());
    EXPECT_EQ(version_of(copy_), 1);
    EXPECT_TRUE(verify_database(folder_ / "bets.db", say_nothing));
  }
  EXPECT_TRUE(was_killed_between);
}

TEST_F(Migration, IsNotBegunIfTheDiskIsTooFullForTheCopy) {
  make_old_database(folder_ / "bets.db", 1, 20'000);
  const std::string before = read_file(folder_ / "bets.db");
  ShellProcess service({storage_, "--service.host=127.0.0.1", "--service.port=any"},
                       outputs_ / "service", "ulimit -f 1000");
  EXPECT_EQ(service.wait(), 1);
  const std::string errors = service.errors();
  EXPECT_EQ(errors.find('\n'), errors.size() - 1) << errors;
  EXPECT_NE(errors.find("was not brought up to date, because its copy " +
                        (folder_ / copy_).string() + " can't be made"),
            std::string::npos)
      << errors;
  EXPECT_EQ(read_file(folder_ / "bets.db"), before);
  EXPECT_EQ(names_in(folder_.path()), (Names{"bets.db"}));
}

}  // namespace
}  // namespace lottery::test
