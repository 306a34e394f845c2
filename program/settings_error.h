#pragma once

#include <stdexcept>

namespace lottery {

/// A setting or a configuration file can't be used. The sentence says which one and why.
class SettingsError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace lottery
