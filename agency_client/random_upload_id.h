#pragma once

#include "protocol/upload_id.h"

namespace lottery {

/// A new, random upload id: no two runs of a client have the same one. Throws std::system_error if
/// the system provides no random bytes.
UploadId random_upload_id();

}  // namespace lottery
