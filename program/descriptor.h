#pragma once

#include <unistd.h>

#include <utility>

namespace lottery {

/// Owns a file descriptor and closes it; -1 means none.
class Descriptor {
 public:
  explicit Descriptor(int value = -1) noexcept : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }

  int value() const noexcept { return value_; }
  bool is_open() const noexcept { return value_ >= 0; }

 private:
  int value_;
};

}  // namespace lottery
