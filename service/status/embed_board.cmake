# Writes OUTPUT, a C++ file that holds every file of the folder BOARD with its content type.
set(type_of_html "text/html; charset=utf-8")
set(type_of_css "text/css; charset=utf-8")
set(type_of_mjs "text/javascript; charset=utf-8")
set(type_of_svg "image/svg+xml")

file(GLOB files "${BOARD}/*")
list(SORT files)
set(entries "")
foreach(file IN LISTS files)
  get_filename_component(name "${file}" NAME)
  get_filename_component(extension "${file}" LAST_EXT)
  string(REPLACE "." "" extension "${extension}")
  if(NOT DEFINED type_of_${extension})
    message(FATAL_ERROR "${file}: the type of its content is not known here")
  endif()
  set(path "/${name}")
  if(name STREQUAL "index.html")
    set(path "/")
  endif()
  # As bytes: a compiler limits the length of a string literal.
  file(READ "${file}" bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
  string(MAKE_C_IDENTIFIER "${name}" identifier)
  string(APPEND texts "constexpr char ${identifier}[] = {${bytes}};\n")
  string(APPEND entries
         "    {\"${path}\", \"${type_of_${extension}}\", {${identifier}, sizeof(${identifier})}},\n")
endforeach()
file(WRITE "${OUTPUT}" "#include <array>

#include \"service/status/board_files.h\"

namespace lottery {
namespace {

${texts}
constexpr auto files = std::to_array<BoardFile>({
${entries}});

}  // namespace

std::span<const BoardFile> board_files() { return files; }

}  // namespace lottery
")
