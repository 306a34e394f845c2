#pragma once

#include <stdexcept>

namespace lottery {

/// A setting or a configuration file that can't be used; says which, and why.
class SettingsError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace lottery
