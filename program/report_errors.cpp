#include "program/report_errors.h"

#include <Poco/Exception.h>
#include <Poco/Util/OptionException.h>

#include <exception>

#include "program/exit_codes.h"
#include "program/standard_streams.h"

namespace lottery {

int report_errors(const std::string& name, const std::function<int()>& step) {
  std::string sentence;
  try {
    return step();
  } catch (const Poco::Util::OptionException& error) {
    sentence = error.displayText() + "; --help lists the options";
  } catch (const Poco::Exception& error) {
    sentence = error.displayText();
  } catch (const std::exception& error) {
    sentence = error.what();
  }
  print_error(name, sentence);
  return exit_failure;
}

}  // namespace lottery
