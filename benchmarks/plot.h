#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace lottery::benchmark {

struct PlotPoint {
  std::string x;          ///< what is written under it; points stand side by side at even distances
  double y = 0;           ///< 0 or more
  double y_least = 0;     ///< where its spread begins
  double y_greatest = 0;  ///< and ends
};

struct Plot {
  std::string title;
  std::string x_label;
  std::string y_label;
  std::vector<PlotPoint> points;
  std::string level_label{};  ///< of a level line to compare with; empty: none
  double level = 0;
};

/// Writes `plot` as SVG. Throws std::runtime_error.
void write_svg(const Plot& plot, const std::filesystem::path& path);

}  // namespace lottery::benchmark
