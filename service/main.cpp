#include "program/program.h"
#include "program/report_errors.h"
#include "program/standard_streams.h"
#include "service/lottery_service.h"

int main(int argc, char** argv) {
  return lottery::report_errors("lottery_service", [&] {
    lottery::open_closed_standard_streams();
    lottery::LotteryService service;
    return lottery::run_program(service, argc, argv);
  });
}
