# Writes OUTPUT, a C++ file that holds every NNNN_name.sql of the folder MIGRATIONS, for the function
# migrations() that HEADER declares in NAMESPACE.
file(GLOB files "${MIGRATIONS}/*.sql")
list(SORT files)
set(entries "")
set(version 0)
foreach(file IN LISTS files)
  math(EXPR version "${version} + 1")
  get_filename_component(name "${file}" NAME)
  string(REGEX MATCH "^[0-9]+" number "${name}")
  if(NOT number EQUAL version)
    message(FATAL_ERROR "${file}: its number should be ${version}, behind the step before it")
  endif()
  file(READ "${file}" sql)
  string(APPEND entries "    {${version}, \"${name}\", R\"sql(${sql})sql\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "#include <array>

#include \"${HEADER}\"

namespace ${NAMESPACE} {
namespace {

constexpr auto steps = std::to_array<Migration>({
${entries}});

}  // namespace

std::span<const Migration> migrations() { return steps; }

}  // namespace ${NAMESPACE}
")
