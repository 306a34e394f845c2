#include "agency_client/agency_client.h"
#include "program/program.h"
#include "program/report_errors.h"
#include "program/standard_streams.h"

int main(int argc, char** argv) {
  return lottery::report_errors("agency_client", [&] {
    lottery::open_closed_standard_streams();
    lottery::AgencyClient client;
    const int exit_code = lottery::run_program(client, argc, argv);
    client.write_result();
    return exit_code;
  });
}
