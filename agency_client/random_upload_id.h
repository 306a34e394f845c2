#pragma once

#include "protocol/upload_id.h"

namespace lottery {

/// A new upload id, from the system's randomness: no two runs of a client have the same one. Throws
/// std::system_error if the system has none to give.
UploadId random_upload_id();

}  // namespace lottery
