#include "agency_client/agency_client.h"
#include "program/run.h"

int main(int argc, char** argv) {
  lottery::AgencyClient client;
  return lottery::run_program(client, argc, argv);
}
