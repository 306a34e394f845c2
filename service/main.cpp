#include "program/run.h"
#include "service/lottery_service.h"

int main(int argc, char** argv) {
  lottery::LotteryService service;
  return lottery::run_program(service, argc, argv);
}
