#include "benchmarks/report.h"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iomanip>
#include <sstream>
#include <stdexcept>

namespace lottery::benchmark {
namespace {

constexpr int name_columns = 66;

/// Four significant digits or all of the whole part, with commas: 0.01234, 12.34, 123,456.
std::string shown(double value) {
  std::ostringstream text;
  const double size = std::abs(value);
  const int decimals = size == 0 || size >= 1000
                           ? 0
                           : std::clamp(3 - static_cast<int>(std::floor(std::log10(size))), 0, 6);
  text << std::fixed << std::setprecision(size >= 1000 ? 0 : decimals) << value;
  std::string digits = text.str();
  const std::size_t whole = std::min(digits.find('.'), digits.size());
  for (auto i = static_cast<std::ptrdiff_t>(whole) - 3; i > 0; i -= 3) {
    digits.insert(static_cast<std::size_t>(i), 1, ',');
  }
  return digits;
}

/// How wide UTF-8 is on a terminal.
std::ptrdiff_t columns(const std::string& text) {
  return std::count_if(text.begin(), text.end(),
                       [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; });
}

std::string padding(const std::string& text, int wanted) {
  return std::string(static_cast<std::size_t>(std::max<std::ptrdiff_t>(wanted - columns(text), 0)),
                     ' ');
}

std::string words(const Target& target) {
  return (target.side == Target::Side::at_least ? "at least " : "at most ") + shown(target.limit);
}

}  // namespace

double Report::Figure::median() const {
  std::vector<double> sorted = rounds;
  std::sort(sorted.begin(), sorted.end());
  const std::size_t middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

double Report::Figure::least() const { return *std::min_element(rounds.begin(), rounds.end()); }

double Report::Figure::greatest() const { return *std::max_element(rounds.begin(), rounds.end()); }

bool Report::Figure::is_met() const {
  return target->side == Target::Side::at_least ? median() >= target->limit
                                                : median() <= target->limit;
}

Report::Figure* Report::find(const std::string& name) {
  const auto found = std::find_if(figures_.begin(), figures_.end(),
                                  [&](const Figure& figure) { return figure.name == name; });
  return found == figures_.end() ? nullptr : &*found;
}

void Report::add(const std::string& name, const std::string& unit, double value) {
  Figure* figure = find(name);
  if (figure == nullptr) {
    figures_.push_back({.name = name, .unit = unit, .rounds = {}, .target = {}});
    figure = &figures_.back();
  }
  figure->rounds.push_back(value);
}

void Report::set_target(const std::string& name, Target target) {
  Figure* const figure = find(name);
  if (figure == nullptr) throw std::out_of_range("nothing was measured as " + name);
  figure->target = target;
}

const Report::Figure& Report::figure(const std::string& name) const {
  const auto found = std::find_if(figures_.begin(), figures_.end(),
                                  [&](const Figure& figure) { return figure.name == name; });
  if (found == figures_.end()) throw std::out_of_range("nothing was measured as " + name);
  return *found;
}

double Report::median(const std::string& name) const { return figure(name).median(); }

double Report::least(const std::string& name) const { return figure(name).least(); }

double Report::greatest(const std::string& name) const { return figure(name).greatest(); }

void Report::print(std::ostream& out) const {
  for (const Figure& figure : figures_) {
    const std::string value = shown(figure.median());
    out << figure.name << padding(figure.name, name_columns) << padding(value, 10) << value << ' '
        << figure.unit << padding(figure.unit, 7) << "  " << shown(figure.least()) << " to "
        << shown(figure.greatest());
    if (figure.target) {
      out << "  (" << words(*figure.target) << ": " << (figure.is_met() ? "met" : "NOT MET") << ')';
    }
    out << '\n';
  }
}

void Report::write_json(const std::filesystem::path& path, const std::string& machine) const {
  Poco::JSON::Array::Ptr figures(new Poco::JSON::Array);
  for (const Figure& figure : figures_) {
    Poco::JSON::Object object(Poco::JSON_PRESERVE_KEY_ORDER);
    object.set("name", figure.name);
    object.set("unit", figure.unit);
    object.set("median", figure.median());
    object.set("least", figure.least());
    object.set("greatest", figure.greatest());
    Poco::JSON::Array rounds;
    for (const double value : figure.rounds) rounds.add(value);
    object.set("rounds", rounds);
    if (figure.target) {
      object.set("target", words(*figure.target));
      object.set("met", figure.is_met());
    }
    figures->add(object);
  }
  Poco::JSON::Object report(Poco::JSON_PRESERVE_KEY_ORDER);
  report.set("machine", machine);
  report.set("figures", figures);
  std::ofstream file(path);
  report.stringify(file, 2);
  file << '\n';
  if (!file.flush()) throw std::runtime_error(path.string() + " can't be written");
}

}  // namespace lottery::benchmark
