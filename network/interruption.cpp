#include "network/interruption.h"

#include <chrono>

#include "network/wait.h"

namespace lottery {

void Interruption::throw_if_come() const { pause_until(std::chrono::steady_clock::now(), *this); }

}  // namespace lottery
