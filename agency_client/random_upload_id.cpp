#include "agency_client/random_upload_id.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

namespace lottery {

UploadId random_upload_id() {
  constexpr std::string_view hex_digits = "0123456789abcdef";
  std::array<unsigned char, 16> bytes{};
  if (::getentropy(bytes.data(), bytes.size()) != 0) {
    throw std::system_error(errno, std::generic_category(),
                            "the system has no random bytes for an upload id");
  }
  UploadId upload;
  for (const unsigned char byte : bytes) {
    upload.hex += hex_digits[byte >> 4U];
    upload.hex += hex_digits[byte & 0x0FU];
  }
  return upload;
}

}  // namespace lottery
