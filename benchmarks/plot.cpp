#include "benchmarks/plot.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace lottery::benchmark {
namespace {

constexpr double width = 720;
constexpr double height = 400;
constexpr double left = 80;
constexpr double right = 24;
constexpr double top = 48;
constexpr double bottom = 64;
constexpr int ticks = 5;

/// The least of 1, 2, 2.5 and 5 times a power of ten that is no less than `value`.
double round_up(double value) {
  const double power = std::pow(10, std::floor(std::log10(value)));
  for (const double step : {1.0, 2.0, 2.5, 5.0}) {
    if (step * power >= value) return step * power;
  }
  return 10 * power;
}

std::string text(double x, double y, const std::string& anchor, const std::string& words,
                 const std::string& more = "") {
  std::ostringstream out;
  out << "<text x='" << x << "' y='" << y << "' text-anchor='" << anchor << "'" << more << '>'
      << words << "</text>\n";
  return out.str();
}

std::string line(double x1, double y1, double x2, double y2, const std::string& style) {
  std::ostringstream out;
  out << "<line x1='" << x1 << "' y1='" << y1 << "' x2='" << x2 << "' y2='" << y2 << "' " << style
      << "/>\n";
  return out.str();
}

/// 250000 as 250k.
std::string thousands(double value) {
  std::ostringstream out;
  if (value == 0) return "0";
  out << value / 1000 << 'k';
  return out.str();
}

}  // namespace

void write_svg(const Plot& plot, const std::filesystem::path& path) {
  double greatest = plot.level;
  for (const PlotPoint& point : plot.points) greatest = std::max(greatest, point.y_greatest);
  const double y_max = ticks * round_up(std::max(greatest, 1.0) / ticks);
  const auto y_of = [&](double y) { return height - bottom - y / y_max * (height - top - bottom); };
  const auto x_of = [&](std::size_t i) {
    return left + (static_cast<double>(i) + 0.5) * (width - left - right) /
                      static_cast<double>(plot.points.size());
  };

  std::ofstream out(path);
  out << "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 " << width << ' ' << height
      << "' font-family='sans-serif' font-size='13'>\n"
      << "<rect width='100%' height='100%' fill='white'/>\n"
      << text(left, top - 20, "start", plot.title, " font-size='16'");
  for (int i = 0; i <= ticks; ++i) {
    const double y = y_max * i / ticks;
    out << line(left, y_of(y), width - right, y_of(y), "stroke='#ddd'")
        << text(left - 8, y_of(y) + 4, "end", thousands(y));
  }
  out << text(18, height / 2, "middle", plot.y_label,
              " transform='rotate(-90 18 " + std::to_string(height / 2) + ")'")
      << text((left + width - right) / 2, height - 16, "middle", plot.x_label);
  if (!plot.level_label.empty()) {
    out << line(left, y_of(plot.level), width - right, y_of(plot.level),
                "stroke='#b33' stroke-dasharray='6 4'")
        << text(width - right, y_of(plot.level) - 6, "end", plot.level_label, " fill='#b33'");
  }
  std::ostringstream curve;
  for (std::size_t i = 0; i < plot.points.size(); ++i) {
    const PlotPoint& point = plot.points[i];
    curve << x_of(i) << ',' << y_of(point.y) << ' ';
    out << line(x_of(i), y_of(point.y_least), x_of(i), y_of(point.y_greatest),
                "stroke='#9bd' stroke-width='5'")
        << "<circle cx='" << x_of(i) << "' cy='" << y_of(point.y) << "' r='4' fill='#16a'/>\n"
        << text(x_of(i), height - bottom + 20, "middle", point.x);
  }
  out << "<polyline points='" << curve.str() << "' fill='none' stroke='#16a' stroke-width='2'/>\n"
      << "</svg>\n";
  if (!out.flush()) throw std::runtime_error(path.string() + " can't be written");
}

}  // namespace lottery::benchmark
