# SPDX-License-Identifier: GPL-3.0-or-later
# Script mode: writes OUT, a C file that holds the text of FILE as `const char NAME[]`.
file(READ ${FILE} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
file(WRITE ${OUT} "extern const char ${NAME}[];\nconst char ${NAME}[] = {${bytes}0};\n")
