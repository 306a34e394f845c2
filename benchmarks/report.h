#pragma once

#include <filesystem>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace lottery::benchmark {

/// What a figure must reach.
struct Target {
  enum class Side { at_least, at_most };

  Side side = Side::at_least;
  double limit = 0;
};

/// Everything that was measured: figures, each with a value a round. A figure is its median, beside
/// the least and the greatest of its rounds.
class Report {
 public:
  /// Adds a round to the figure of that name; the first one decides its unit and its place.
  void add(const std::string& name, const std::string& unit, double value);

  void set_target(const std::string& name, Target target);

  /// Throws std::out_of_range if there is no such figure.
  double median(const std::string& name) const;
  double least(const std::string& name) const;
  double greatest(const std::string& name) const;

  void print(std::ostream& out) const;

  /// Writes all of it, rounds and `machine` too. Throws std::runtime_error.
  void write_json(const std::filesystem::path& path, const std::string& machine) const;

 private:
  struct Figure {
    std::string name;
    std::string unit;
    std::vector<double> rounds;
    std::optional<Target> target;

    double median() const;
    double least() const;
    double greatest() const;
    bool is_met() const;
  };

  Figure* find(const std::string& name);
  const Figure& figure(const std::string& name) const;

  std::vector<Figure> figures_;
};

}  // namespace lottery::benchmark
