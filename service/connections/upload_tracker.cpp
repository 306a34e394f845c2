#include "service/connections/upload_tracker.h"

#include <cstddef>
#include <utility>

namespace lottery {
namespace {

// A RESUME that is refused as busy is remembered by agency id, and nobody has checked that the
// lottery has this agency. This limits how many ids a peer can invent.
constexpr std::size_t agencies_max = 1024;

}  // namespace

void UploadTracker::begin(AgencyId agency, UploadContext context) {
  states_[agency] = {.context = std::move(context)};
}

void UploadTracker::resume_refused(AgencyId agency, bool is_busy) {
  states_.erase(agency);
  if (is_busy && states_.size() < agencies_max) states_[agency] = {};
}

const UploadContext* UploadTracker::context(AgencyId agency) const {
  const State* const known = state(agency);
  return known != nullptr && known->context ? &*known->context : nullptr;
}

std::optional<Refusal> UploadTracker::refusal_of_batch(AgencyId agency, std::int64_t number) const {
  const State* const known = state(agency);
  if (known == nullptr) {
    return Refusal{"a numbered batch belongs to an upload: send RESUME with it first"};
  }
  if (!known->context) return refusal_of_done(agency);
  const auto& refused = known->refused_batch;
  if (!refused || number <= refused->number) return {};
  return Refusal{"batch " + std::to_string(refused->number) +
                     " was refused before: send it again, or send RESUME",
                 refused->is_busy};
}

std::optional<Refusal> UploadTracker::refusal_of_done(AgencyId agency) const {
  const State* const known = state(agency);
  if (known == nullptr || known->context) return {};
  return Refusal{"RESUME was refused before: send it again", true};
}

void UploadTracker::batch_stored(AgencyId agency, std::int64_t number, DrawId draw) {
  State& known = states_.at(agency);
  known.context->own_draw = draw;
  if (known.refused_batch && known.refused_batch->number == number) known.refused_batch.reset();
}

void UploadTracker::batch_refused(AgencyId agency, std::int64_t number, bool is_busy) {
  const auto found = states_.find(agency);
  if (found == states_.end() || !found->second.context) return;
  auto& refused = found->second.refused_batch;
  // Of the refused batches, the one with the lowest number must be stored first.
  if (!refused || number <= refused->number) refused = RefusedBatch{number, is_busy};
}

const UploadTracker::State* UploadTracker::state(AgencyId agency) const {
  const auto found = states_.find(agency);
  return found == states_.end() ? nullptr : &found->second;
}

}  // namespace lottery
