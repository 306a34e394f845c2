#include "network/tls/certificate.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>

#include <string>
#include <vector>

#include "tests/support/certificates.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

OpenSsl<X509> read(const std::filesystem::path& file) {
  const OpenSsl<BIO> content(BIO_new_file(file.c_str(), "r"));
  return OpenSsl<X509>(PEM_read_bio_X509(content.get(), nullptr, nullptr, nullptr));
}

class Certificate : public testing::Test {
 protected:
  std::vector<int> agencies_named_by(const std::string& names) {
    const CertificateFiles files =
        ca_.issue("some", {.common_name = "some", .names = names, .purpose = {}});
    std::vector<int> agencies;
    for (const AgencyId agency : agencies_of(*read(files.certificate))) {
      agencies.push_back(agency.value);
    }
    return agencies;
  }

  TemporaryFolder folder_;
  CertificateAuthority ca_{folder_.path(), "ca"};
};

TEST_F(Certificate, NamesAgenciesInItsSubjectAlternativeNames) {
  using Ids = std::vector<int>;
  EXPECT_EQ(agencies_named_by("URI:urn:lottery:agency:7"), (Ids{7}));
  EXPECT_EQ(agencies_named_by("URI:urn:lottery:agency:7,DNS:example.org,"
                              "URI:urn:lottery:agency:0,URI:urn:lottery:agency:7"),
            (Ids{0, 7}));
  EXPECT_EQ(agencies_named_by("URI:urn:lottery:agency:2147483647"), (Ids{2147483647}));
}

TEST_F(Certificate, NamesNoAgencyInAnotherForm) {
  EXPECT_TRUE(agencies_named_by("").empty());
  for (const char* const name :
       {"URI:urn:lottery:agency:", "URI:urn:lottery:agency:07", "URI:urn:lottery:agency:-1",
        "URI:urn:lottery:agency:2147483648", "URI:urn:lottery:agency:7 8",
        "URI:urn:lottery:agency:7/8", "URI:URN:lottery:agency:7", "URI:urn:lottery:agencies:7",
        "URI:xurn:lottery:agency:7", "DNS:urn:lottery:agency:7", "email:urn:lottery:agency:7"}) {
    EXPECT_TRUE(agencies_named_by(name).empty()) << name;
  }
}

TEST_F(Certificate, IsDescribedByItsSubjectSerialNumberAndSha256) {
  const CertificateFiles files = ca_.issue_to_agencies("agencies", {3, 5});
  const OpenSsl<X509> certificate = read(files.certificate);
  const PeerCertificate described = describe(*certificate);
  EXPECT_EQ(described.subject, "CN=agencies");
  EXPECT_EQ(described.serial, "02");
  EXPECT_EQ(described.agencies, (std::vector{AgencyId{3}, AgencyId{5}}));
  EXPECT_EQ(described.sha256.size(), 64U);
  EXPECT_EQ(described.sha256.find_first_not_of("0123456789abcdef"), std::string::npos);
}

}  // namespace
}  // namespace lottery::test
